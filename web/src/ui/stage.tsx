/** The picture, large: gray and colour with a border to drag, and the brush. */

import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { picture } from "../state/app";
import { tool } from "../state/brush";
import { overlay } from "../state/confidence";
import { shown, working } from "../state/preview";
import { t } from "../texts";
import { Cursor } from "./cursor";
import { Marks } from "./marks";
import { pointer } from "./pointer";
import { Sheet } from "./sheet";
import { Tools } from "./tools";

/** Where gray ends and colour begins, % of the width. */
export const border = signal(50);

export function Stage() {
  const current = picture.value;
  useEffect(() => {
    border.value = 50;
  }, [current?.key]);
  if (current === null) return null;
  const { width, height } = current.opened;
  return (
    <section class="stage" id="stage" aria-label={t().stage.label(current.file.name)}>
      <div class="room">
        <div
          class="picture"
          data-tool={tool.value}
          style={{ "--ratio": `${width / height}`, "--border": `${border.value}%` }}
          {...pointer}
        >
          <Layers />
        </div>
        <p class="working" role="status" data-on={working.value}>
          {working.value ? t().stage.working : ""}
        </p>
      </div>
      <Tools />
    </section>
  );
}

function Layers() {
  const { gray = null, color = null } = shown.value ?? {};
  const compares = tool.value === "compare" && color !== null;
  const kind = compares ? "layer right" : "layer";
  return (
    <>
      {gray !== null && <Sheet image={gray} kind="layer" />}
      {color !== null && <Sheet image={color} kind={kind} />}
      {overlay.value !== null && <Sheet image={overlay.value.map} kind={kind} />}
      {compares && <Border />}
      {tool.value === "hint" && <Marks />}
      {tool.value === "hint" && <Cursor />}
    </>
  );
}

function Border() {
  return (
    <>
      <span class="corner left" aria-hidden="true">
        {t().stage.before}
      </span>
      <span class="corner" aria-hidden="true">
        {t().stage.after}
      </span>
      <div class="border" aria-hidden="true">
        <span class="knob" />
      </div>
      <input
        class="border-input"
        type="range"
        min="0"
        max="100"
        step="1"
        aria-label={t().stage.slider}
        value={border.value}
        onInput={(event) => (border.value = event.currentTarget.valueAsNumber)}
      />
    </>
  );
}
