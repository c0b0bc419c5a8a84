/** Below the picture: what the pointer does, and the way back. */

import { useEffect } from "preact/hooks";

import { alter, has, look, picture } from "../state/app";
import { tool, type Tool } from "../state/brush";
import { PLAIN } from "../state/look";
import { t } from "../texts";
import { Icon, type IconName } from "./icon";

const ICONS: Record<Tool, IconName> = { compare: "compare", hint: "brush" };

export function Tools() {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const history = picture.value?.history;
  return (
    <div class="tools">
      {has("hints") && <Choice />}
      <span class="tool-help faint">{t().tools[`${tool.value}Help`]}</span>
      <span class="space" />
      <Button icon="undo" label={t().stage.undo} off={!history?.canUndo.value} act={undo} />
      <Button icon="redo" label={t().stage.redo} off={!history?.canRedo.value} act={redo} />
      <Button
        icon="reset"
        label={t().stage.reset}
        off={look.value === PLAIN}
        act={() => alter(PLAIN)}
      />
    </div>
  );
}

function Choice() {
  return (
    <div class="segments" role="group" aria-label={t().tools.label}>
      {(["compare", "hint"] as const).map((one) => (
        <button
          type="button"
          aria-pressed={tool.value === one}
          onClick={() => (tool.value = one)}
        >
          <Icon name={ICONS[one]} />
          {t().tools[one]}
        </button>
      ))}
    </div>
  );
}

interface ButtonGiven {
  readonly icon: IconName;
  readonly label: string;
  readonly off: boolean;
  readonly act: () => void;
}

function Button({ icon, label, off, act }: ButtonGiven) {
  return (
    <button
      type="button"
      class="quiet round"
      aria-label={label}
      title={label}
      disabled={off}
      onClick={act}
    >
      <Icon name={icon} />
    </button>
  );
}

const undo = (): void => picture.value?.history.undo();
const redo = (): void => picture.value?.history.redo();

function onKey(event: KeyboardEvent): void {
  const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
  if (typing || !(event.ctrlKey || event.metaKey)) return;
  const key = event.key.toLowerCase();
  if (key === "z") (event.shiftKey ? redo : undo)();
  else if (key === "y") redo();
  else return;
  event.preventDefault();
}
