// A surface that acts: a message, a modal or the Home tab, whose elements send their actions to the server.
import { useCallback, useMemo, useState } from "react";
import { Blocks, Surface } from "./blocks.jsx";
import { useConfirm, useTell } from "./dialogs.jsx";
import { post } from "./team.js";
import { useWorld } from "./world.js";

/** {act, busy} for one message ({channel, ts}) or one view; `onDone` is awaited before the busy state ends. */
export function useActions(message, viewId, onDone, onTrouble) {
  const { me } = useWorld();
  const [busy, setBusy] = useState(null);
  const confirm = useConfirm();
  const note = useTell();
  const tell = onTrouble ?? note;
  const act = useCallback(
    async (block_id, element, chosen) => {
      if (element.confirm && !(await confirm(element.confirm))) return false;
      setBusy(`${block_id}/${element.action_id}`);
      const body = { as: me, message, view_id: viewId, block_id, action_id: element.action_id, element: chosen };
      const answer = await post("/ui/action", body);
      if (answer.ok) await onDone();
      else tell(answer.error ?? "That did not work.");
      setBusy(null);
      return answer.ok;
    },
    [me, message, viewId, onDone, confirm, tell],
  );
  return { act, busy };
}

export function ActingBlocks({ blocks, message = null, viewId = null, onDone }) {
  const { act, busy } = useActions(message, viewId, onDone);
  const surface = useMemo(() => ({ act, busy, form: null }), [act, busy]);
  return (
    <Surface.Provider value={surface}>
      <Blocks blocks={blocks} />
    </Surface.Provider>
  );
}
