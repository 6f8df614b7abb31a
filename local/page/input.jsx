// An input block of a form: its label, hint and error, tied to the control that the element names.
import { useContext, useId } from "react";
import { Surface, Words } from "./blocks.jsx";
import { Labelled } from "./control.jsx";
import { replaced } from "./runtime.js";

const CHOICES = /^(radio_buttons|checkboxes|multi_)/;

function Input({ data }) {
  const { form } = useContext(Surface);
  const id = useId();
  const error = form?.errors[data.block_id];
  const notes = [data.hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const label = {
    id,
    "aria-describedby": notes || undefined,
    "aria-invalid": error ? true : undefined,
    "aria-required": data.optional ? undefined : true,
  };
  const Label = CHOICES.test(data.element.type) ? "span" : "label";
  const Control = replaced.get(data.element.type);
  return (
    <div className={error ? "field field-wrong" : "field"} data-block-id={data.block_id}>
      <Label className="field-label" id={`${id}-label`} htmlFor={Label === "label" ? id : undefined}>
        {data.label.text}
        {data.optional && <span className="field-optional"> (optional)</span>}
      </Label>
      <Labelled.Provider value={label}>
        {Control ? <Control data={data.element} /> : <span className="field-hint">({data.element.type}, not drawn on this page)</span>}
      </Labelled.Provider>
      {error && <div className="field-error" id={`${id}-error`} role="alert">{error}</div>}
      {data.hint && <div className="field-hint" id={`${id}-hint`}><Words text={data.hint} /></div>}
    </div>
  );
}

replaced.set("input", Input);
