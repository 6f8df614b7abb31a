// The upload page: files go in blocks straight to the storage account, by a link for each file; its check is shown here.
const BLOCK = 8 * 1024 * 1024;
const MOST_BLOCKS = 40_000;
const AT_ONCE = 3;
const KINDS = {
  natural: ["Naturally speaking", "at least 5 minutes in one clip, begins and ends still"],
  silent: ["Silent status", "1 minute of listening, nobody speaks"],
  consent: ["Consent", "the talent reads the statement"],
  status0: ["Status 0 speaking", "3 to 5 minutes, only where gestures are used"],
  gesture: ["Gesture", "one gesture a clip, within 10 seconds"],
  interaction: ["Interaction", "advice for real-time avatars"],
};
const token = location.hash.slice(1);
let avatar = "";
const byId = (id) => document.getElementById(id);
const over = "This link has expired. Type /avatar upload in Slack; the new link goes on where you left off.";

/** Text only: whatever a file or a sentence says is never markup. */
function element(tag, text = "", kind = "") {
  const made = document.createElement(tag);
  made.textContent = text.replaceAll("`", "");
  if (kind) made.className = kind;
  return made;
}

class Refusal extends Error {}
class PassOver extends Refusal {}

async function ask(what, wish) {
  const answer = await fetch(`upload/${what}`, { method: "POST", body: JSON.stringify({ token, kind: "", file: "", ...wish }) });
  const said = await answer.json();
  if (answer.status === 403) throw new PassOver(said.sentence);
  if (answer.status === 400) throw new Refusal(said.sentence);
  if (!answer.ok) throw new Error(said.sentence);
  return said;
}

/** Waits for the connection to come back, or for a while that grows. */
const patience = (tries) => new Promise((go) => {
  const timer = setTimeout(go, Math.min(30_000, 500 * 2 ** Math.min(tries, 6)));
  addEventListener("online", () => { clearTimeout(timer); setTimeout(go, 200); }, { once: true });
});

/** Tries until it works or is refused; `lost` hears of every failure. */
async function stubborn(work, lost) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Refusal) throw error;
      lost();
      await patience(tries);
    }
  }
}

/** What is wrong with a file before anything is sent; empty when it looks right. */
async function problem(file) {
  if (!/\.(mp4|mov)$/i.test(file.name)) return "This is not an .mp4 or .mov file: export the clip as one of these.";
  if (file.size === 0) return "The file is empty: export the clip again.";
  const head = new Uint8Array(await file.slice(4, 8).arrayBuffer());
  const box = String.fromCharCode(...head);
  if (!["ftyp", "moov", "mdat", "wide", "free", "skip"].includes(box)) return "This is not a video in an .mp4 or .mov container, whatever its name says: export it again.";
  return "";
}

function put(url, body, onSent) {
  return new Promise((good, bad) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.setRequestHeader("x-ms-version", "2021-12-02");
    request.upload.onprogress = (event) => onSent?.(event.loaded);
    request.onload = () => good(request);
    request.onerror = request.ontimeout = request.onabort = () => bad(new Error("lost"));
    request.send(body);
  });
}

/** Of one try to send one file: its blocks are never taken for those of another file of that name, which may be there as well. */
const newMark = () => [...crypto.getRandomValues(new Uint8Array(5))];
/** Eight bytes, as all ids of a blob must be of one length. */
const blockId = (index, mark) => btoa(String.fromCharCode(index >> 16, (index >> 8) & 255, index & 255, ...mark));

class Upload {
  constructor(file, kind) {
    Object.assign(this, { file, kind, sent: new Map(), url: "" });
    this.memory = `blocks|${avatar}/${kind}/${file.name}|${file.size}|${file.lastModified}`;
    this.row = element("li");
    const name = element("div", file.name, "name");
    name.append(" ", element("small", `${KINDS[kind][0]}, ${size(file.size)}`));
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    this.said = element("div", "Waiting…");
    this.said.setAttribute("role", "status");
    this.findings = element("ul", "", "findings");
    this.row.append(name, this.bar, this.said, this.findings);
    byId("list").prepend(this.row);
  }

  say(text, kind = "") {
    this.said.textContent = text.replaceAll("`", "");
    this.said.className = kind;
  }

  progress() {
    const bytes = [...this.sent.values()].reduce((sum, one) => sum + one, 0);
    this.bar.value = Math.min(100, (100 * bytes) / this.file.size);
    this.say(`${Math.floor(this.bar.value)} % of ${size(this.file.size)} sent`);
  }

  lost = () => this.say("The connection is lost. Waiting for it; nothing that was sent is lost.", "warn");

  async run() {
    try {
      const wrong = await problem(this.file);
      if (wrong) throw new Refusal(wrong);
      await stubborn(() => this.permit(), this.lost);
      await this.send();
      const etag = await stubborn(() => this.commit(), this.lost);
      await this.verdict(etag);
    } catch (error) {
      this.bar.hidden = true;
      this.say(error instanceof PassOver ? over : error.message, "bad");
    }
  }

  wish = () => ({ kind: this.kind, file: this.file.name, size: this.file.size });

  async permit() {
    this.url = (await ask("permit", this.wish())).url;
  }

  /** Blocks that an earlier try has sent are remembered in the browser, since the link can only write. */
  async send() {
    const length = Math.max(BLOCK, Math.ceil(this.file.size / MOST_BLOCKS));
    const begun = JSON.parse(localStorage.getItem(this.memory) ?? "{}");
    const mark = begun.mark ?? newMark();
    this.blocks = Array.from({ length: Math.ceil(this.file.size / length) }, (_, index) => ({
      id: blockId(index, mark), start: index * length, end: Math.min(this.file.size, (index + 1) * length),
    }));
    const done = new Set(begun.done ?? []);
    const left = this.blocks.filter((block) => !done.has(block.id));
    for (const block of this.blocks) if (done.has(block.id)) this.sent.set(block.id, block.end - block.start);
    this.progress();
    const worker = async () => {
      for (let block = left.shift(); block; block = left.shift()) {
        const mine = block;
        await stubborn(() => this.block(mine), this.lost);
        done.add(mine.id);
        localStorage.setItem(this.memory, JSON.stringify({ mark, done: [...done] }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  async block(block) {
    const onSent = (bytes) => { this.sent.set(block.id, bytes); this.progress(); };
    const url = `${this.url}&comp=block&blockid=${encodeURIComponent(block.id)}`;
    await this.answered(await put(url, this.file.slice(block.start, block.end), onSent));
    onSent(block.end - block.start);
  }

  async commit() {
    const list = this.blocks.map((block) => `<Latest>${block.id}</Latest>`).join("");
    const body = new Blob([`<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`], { type: "text/plain" });
    const answer = await put(`${this.url}&comp=blocklist`, body);
    if (answer.status === 400) { // the blocks that we remembered are no longer there
      localStorage.removeItem(this.memory);
      this.sent.clear();
      await this.send();
      throw new Error("again");
    }
    await this.answered(answer);
    localStorage.removeItem(this.memory);
    return answer.getResponseHeader("ETag") ?? "";
  }

  async answered(answer) {
    if (answer.status === 403) await this.permit(); // the link for this file is over: another one, or the pass is over too
    if (answer.status !== 201) throw new Error(`status ${answer.status}`);
  }

  async verdict(etag) {
    this.bar.removeAttribute("value");
    this.say("Sent. It is being checked…");
    const judged = await stubborn(async () => {
      const found = await ask("verdict", { ...this.wish(), etag });
      if (!["accepted", "faulty"].includes(found.state)) {
        await new Promise((go) => setTimeout(go, 1000));
        return null;
      }
      return found;
    }, () => {});
    if (!judged) return this.verdict(etag);
    this.bar.hidden = true;
    ask("pass", {}).then(show, () => {}); // what is shown of the others may be old for a while
    const warnings = judged.findings.length ? `, with ${judged.findings.length} ${judged.findings.length === 1 ? "note" : "notes"}` : "";
    if (judged.state === "accepted") this.say(`✓ Accepted${warnings}.`, "good");
    else this.say("✗ Not accepted. Fix what is listed and upload the file again under the same name.", "bad");
    for (const found of judged.findings) {
      const line = element("li", `${found.severity === "error" ? "✗" : "⚠"} ${found.message}`, found.severity === "error" ? "bad" : "warn");
      line.append(element("small", `Measured: ${found.measured}. Required: ${found.required}.`), element("small", `How to fix it: ${found.fix}`));
      this.findings.append(line);
    }
  }
}

const size = (bytes) => bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} KB` : bytes < 1024 ** 3 ? `${(bytes / 1024 ** 2).toFixed(1)} MB` : `${(bytes / 1024 ** 3).toFixed(2)} GB`;

/** One file after another: the line is shared by the blocks of one. */
let queue = Promise.resolve();
function take(files) {
  const kind = new FormData(byId("form")).get("kind");
  for (const file of files) {
    const upload = new Upload(file, kind);
    queue = queue.then(() => upload.run());
  }
}

function kinds() {
  for (const [name, [title, hint]] of Object.entries(KINDS)) {
    const label = element("label");
    const radio = Object.assign(document.createElement("input"), { type: "radio", name: "kind", value: name, checked: name === "natural" });
    label.append(radio, element("span", title), element("small", hint), element("small", "", "count"));
    label.dataset.kind = name;
    byId("kinds").append(label);
  }
}

const MARKS = { accepted: ["✓", "good"], faulty: ["✗", "bad"], checking: ["…", ""] };

/** What the training still lacks, and what is there: as the app has it at this moment. */
function show({ missing, clips, counts }) {
  byId("lacks-title").textContent = missing.length ? "Still missing before training" : "✓ Everything that a training needs is there";
  byId("lacks-title").className = missing.length ? "" : "good";
  byId("missing").replaceChildren(...missing.map((line) => element("li", line)));
  byId("lacks").hidden = false;
  for (const label of byId("kinds").children) {
    const count = (state) => counts[`${label.dataset.kind} ${state}`] ?? 0;
    const told = Object.entries({ accepted: "accepted", faulty: "to fix", checking: "being checked" }).map(([state, words]) => [count(state), words]);
    label.querySelector(".count").textContent = told.filter(([found]) => found).map((pair) => pair.join(" ")).join(", ");
  }
  byId("known").hidden = clips.length === 0;
  const all = Object.values(counts).reduce((sum, count) => sum + count, 0);
  byId("known-title").textContent = all === 1 ? "1 clip is there" : `${all} clips are there`;
  byId("there").replaceChildren(...clips.map((clip) => {
    const [mark, colour] = MARKS[clip.state] ?? MARKS.checking;
    const line = element("li", `${mark} ${clip.kind}/${clip.file}`, colour);
    if (clip.says) line.append(element("small", clip.says));
    return line;
  }), ...(all > clips.length ? [element("li", `… and ${all - clips.length} more`)] : []));
}

async function open() {
  kinds();
  try {
    const known = await stubborn(() => ask("pass", {}), () => { byId("state").textContent = "The app does not answer. Trying again…"; });
    avatar = known.avatar;
    byId("avatar").textContent = `of ${known.avatar}`;
    document.title = `Upload clips of ${known.avatar}`;
    byId("state").textContent = `This link works until ${new Date(known.until).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}, for this avatar only.`;
    byId("form").hidden = false;
    show(known);
  } catch (error) {
    byId("state").textContent = error instanceof PassOver ? over : error.message;
    byId("state").className = "bad";
  }
}

const drop = byId("drop");
byId("files").addEventListener("change", (event) => { take([...event.target.files]); event.target.value = ""; });
drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => { event.preventDefault(); drop.classList.remove("over"); take([...event.dataTransfer.files]); });
addEventListener("beforeunload", (event) => { if (document.querySelector("progress:not([hidden])")) event.preventDefault(); });
open();
