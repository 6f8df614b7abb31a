// The open modal: draws the top view, keeps what is typed per view, checks, submits and closes.
import { useCallback, useEffect, useId, useMemo, useRef, useState } from "react";
import { Avatar } from "./avatar.jsx";
import { Blocks, Surface } from "./blocks.jsx";
import { Dialog } from "./dialogs.jsx";
import { useActions } from "./surface.jsx";
import { post } from "./team.js";
import { fieldsOf, initialOf, isEmpty } from "./values.js";
import { useWorld } from "./world.js";

const REQUIRED = "Please complete this required field.";

/** What is typed, per view and element; what the server knows of the view counts until it is touched. */
function useForm(opened, errors, drafts) {
  const [, changed] = useState(0);
  return useMemo(() => {
    const draft = (drafts.current[opened.id] ??= {});
    const known = opened.state?.values ?? opened.state ?? {};
    return {
      errors,
      read: (block, action) => draft[block]?.[action] ?? known[block]?.[action] ?? null,
      write: (block, action, chosen) => {
        (draft[block] ??= {})[action] = chosen;
        changed((count) => count + 1);
      },
    };
    // The draft changes in place: a new form object is made with every change, so that what is inside is drawn again.
  }, [opened, errors, drafts, changed, JSON.stringify(drafts.current[opened.id])]);
}

function ModalView({ opened, drafts, onDone }) {
  const { me, bot } = useWorld();
  const { view } = opened;
  const title = useId();
  const body = useRef(null);
  const [sending, setSending] = useState(false);
  const [errors, setErrors] = useState({});
  const form = useForm(opened, errors, drafts);
  // A note at the foot of the page would be behind the dialog: its own trouble is told inside.
  const [trouble, tell] = useState(null);
  const { act, busy } = useActions(null, opened.id, onDone, tell);
  const surface = useMemo(() => ({ act, busy, form }), [act, busy, form]);

  useEffect(() => {
    const first = body.current.querySelector("input, select, textarea, [role=dialog] button");
    (first ?? body.current).focus();
  }, []);
  useEffect(() => {
    const wrong = body.current.querySelector("[aria-invalid=true], .field-wrong input");
    if (Object.keys(errors).length) wrong?.focus();
  }, [errors]);

  const close = useCallback(async () => {
    const answer = await post("/ui/close", { as: me, view_id: opened.id });
    if (!answer.ok) tell(answer.error ?? "The dialog could not be closed.");
    await onDone();
  }, [me, opened.id, onDone]);

  const submit = async (event) => {
    event.preventDefault();
    const values = {};
    const missing = {};
    for (const { block, element } of fieldsOf(view.blocks)) {
      const chosen = form.read(block.block_id, element.action_id) ?? initialOf(element);
      (values[block.block_id] ??= {})[element.action_id] = chosen;
      if (block.type === "input" && !block.optional && isEmpty(chosen)) missing[block.block_id] = REQUIRED;
    }
    setErrors(missing);
    tell(null);
    if (Object.keys(missing).length) return;
    setSending(true);
    const answer = await post("/ui/submit", { as: me, view_id: opened.id, values });
    if (answer.ok) await onDone();
    else if (answer.errors) setErrors(answer.errors);
    else tell(answer.error ?? "That did not work.");
    setSending(false);
  };

  const atBlocks = new Set(view.blocks.filter((block) => block.type === "input").map((block) => block.block_id));
  const loose = Object.entries(errors).filter(([block]) => !atBlocks.has(block));
  return (
    <Dialog className="modal" labelledBy={title} onClose={close}>
      <form onSubmit={submit} noValidate>
        <header className="dialog-head">
          <Avatar person={bot} size={28} />
          <h2 id={title}>{view.title.text}</h2>
          <button type="button" className="icon-button" aria-label="Dismiss" onClick={close}>✕</button>
        </header>
        <div className="dialog-body" ref={body} tabIndex={-1}>
          {loose.map(([block, text]) => <div key={block} className="field-error" role="alert">{text}</div>)}
          <Surface.Provider value={surface}><Blocks blocks={view.blocks} /></Surface.Provider>
        </div>
        {trouble && <div className="field-error dialog-trouble" role="alert">{trouble}</div>}
        <footer className="dialog-foot">
          <button type="button" className="push" onClick={close}>{view.close?.text ?? (view.submit ? "Cancel" : "Close")}</button>
          {view.submit && (
            <button type="submit" className="push primary" aria-busy={sending} aria-disabled={sending || undefined} onClick={(event) => sending && event.preventDefault()}>
              {view.submit.text}
            </button>
          )}
        </footer>
      </form>
    </Dialog>
  );
}

export function Modals({ views, onDone }) {
  const drafts = useRef({});
  const top = views.at(-1);
  const open = views.map((view) => view.id).join();
  useEffect(() => {
    const ids = new Set(open.split(","));
    for (const id of Object.keys(drafts.current)) if (!ids.has(id)) delete drafts.current[id];
  }, [open]);
  return top ? <ModalView key={top.id} opened={top} drafts={drafts} onDone={onDone} /> : null;
}
