// Builds the page into dist/: one script, one style sheet, the index and the emoji font. Needs no network.
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const BY_CLASS = ".slack_blocks_to_jsx".repeat(3);
const LIBRARY = /[\\/]slack-blocks-to-jsx[\\/]/;

/** The library asks our stand-in for react/jsx-runtime, which puts working controls where it draws pictures of them. */
const workingControls = {
  name: "working-controls",
  setup(plugin) {
    plugin.onResolve({ filter: /^react\/jsx-runtime$/ }, (args) =>
      LIBRARY.test(args.importer) ? { path: join(here, "runtime.js") } : undefined,
    );
  },
};

/**
 * Many messages on one page, but an id may be there only once: the library's styles go by class, with as much weight
 * among themselves as before. As a layer they give way to the page's own.
 */
const layeredStyles = {
  name: "layered-styles",
  setup(plugin) {
    plugin.onLoad({ filter: /slack-blocks-to-jsx[\\/]dist[\\/]style\.css$/ }, async (args) => {
      const sheet = await readFile(args.path, "utf8");
      const styles = sheet.replaceAll("#slack_blocks_to_jsx", BY_CLASS).replaceAll("!important", "");
      return { contents: `@layer base, library;\n@layer library {\n${styles}\n}`, loader: "css" };
    });
  },
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await build({
  entryPoints: { page: join(here, "page.jsx") },
  outdir: dist,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  assetNames: "[name]",
  loader: { ".woff2": "file" },
  define: { "process.env.NODE_ENV": '"production"' },
  plugins: [workingControls, layeredStyles],
  logLevel: "warning",
});
await cp(join(here, "index.html"), join(dist, "index.html"));
