// Files attached to a message: pictures and films shown, anything else as a card to open.

const title = (file) => file.title || file.name || "File";

function One({ file }) {
  if (file.mimetype?.startsWith("image/"))
    return (
      <figure className="file">
        <figcaption>{title(file)}</figcaption>
        <a href={file.url} target="_blank" rel="noopener noreferrer">
          <img src={file.url} alt={file.alt_txt || title(file)} />
        </a>
      </figure>
    );
  if (file.mimetype?.startsWith("video/"))
    return (
      <figure className="file">
        <figcaption>{title(file)}</figcaption>
        <video src={file.url} controls preload="metadata" aria-label={file.alt_txt || title(file)} />
      </figure>
    );
  return (
    <a className="file-card" href={file.url} target="_blank" rel="noopener noreferrer">
      <span className="file-mark" aria-hidden="true">{(title(file).split(".").at(-1) || "?").slice(0, 4)}</span>
      <span>
        <strong>{title(file)}</strong>
        <span>{file.mimetype || "File"}</span>
      </span>
    </a>
  );
}

export const Files = ({ files }) => (
  <div className="files">
    {files.map((file) => <One key={file.id} file={file} />)}
  </div>
);
