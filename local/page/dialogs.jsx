// Asking for confirmation and telling of trouble: one confirm dialog and one stack of notes for the whole page.
import { createContext, useCallback, useContext, useId, useLayoutEffect, useRef, useState } from "react";
import { Words } from "./blocks.jsx";

const Ask = createContext(async () => true);
const Tell = createContext(() => {});
/** confirm(dialogObject) -> promise of true or false. */
export const useConfirm = () => useContext(Ask);
/** tell(text): show a short note of what went wrong. */
export const useTell = () => useContext(Tell);
const NOTE_MS = 8000;

/** A native modal dialog: the browser keeps the focus inside and gives it back. */
export function Dialog({ className, labelledBy, onClose, children }) {
  const box = useRef(null);
  // A layout effect: it must be closed before it leaves the document, or the focus is not given back.
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={box} className={`dialog ${className}`} aria-labelledby={labelledBy} onCancel={cancel}
      onMouseDown={(event) => event.target === box.current && className === "confirm" && onClose()}>
      {children}
    </dialog>
  );
}

function Confirm({ confirm, onAnswer }) {
  const id = useId();
  const style = confirm.style === "danger" ? "danger" : "primary";
  return (
    <Dialog className="confirm" labelledBy={id} onClose={() => onAnswer(false)}>
      <header className="dialog-head">
        <h2 id={id}>{confirm.title.text}</h2>
      </header>
      <div className="dialog-body"><Words text={confirm.text} /></div>
      <footer className="dialog-foot">
        <button type="button" className="push" onClick={() => onAnswer(false)}>{confirm.deny?.text ?? "Cancel"}</button>
        <button type="button" className={`push ${style}`} onClick={() => onAnswer(true)}>{confirm.confirm?.text ?? "Yes"}</button>
      </footer>
    </Dialog>
  );
}

export function Dialogs({ children }) {
  const [open, setOpen] = useState(null);
  const [notes, setNotes] = useState([]);
  const ask = useCallback((confirm) => new Promise((answer) => setOpen({ confirm, answer })), []);
  const tell = useCallback((text) => {
    const note = { text, key: crypto.randomUUID() };
    setNotes((old) => [...old, note]);
    setTimeout(() => setNotes((old) => old.filter((other) => other !== note)), NOTE_MS);
  }, []);
  const answer = (yes) => {
    setOpen(null);
    open.answer(yes);
  };
  return (
    <Ask.Provider value={ask}>
      <Tell.Provider value={tell}>
        {children}
        {open && <Confirm confirm={open.confirm} onAnswer={answer} />}
        <div className="notes" role="alert">
          {notes.map((note) => <div key={note.key} className="note">{note.text}</div>)}
        </div>
      </Tell.Provider>
    </Ask.Provider>
  );
}
