/** Files dropped or pasted anywhere on the page. */

import { useEffect, useState } from "preact/hooks";

import { add, view } from "../state/app";
import { takeTraining } from "../state/training";
import { t } from "../texts";

export function Dropping() {
  const [over, setOver] = useState(false);
  useEffect(() => listen(setOver), []);
  if (!over) return null;
  return (
    <div class="dropping">
      <p>{t().welcome.release}</p>
    </div>
  );
}

function listen(show: (over: boolean) => void): () => void {
  const over = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    show(true);
  };
  const leave = (event: DragEvent): void => {
    if (event.relatedTarget === null) show(false);
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    show(false);
    take(event.dataTransfer?.files);
  };
  const paste = (event: ClipboardEvent): void => take(event.clipboardData?.files);
  window.addEventListener("dragover", over);
  window.addEventListener("dragleave", leave);
  window.addEventListener("drop", drop);
  window.addEventListener("paste", paste);
  return () => {
    window.removeEventListener("dragover", over);
    window.removeEventListener("dragleave", leave);
    window.removeEventListener("drop", drop);
    window.removeEventListener("paste", paste);
  };
}

function take(files: FileList | undefined): void {
  if (files === undefined || files.length === 0) return;
  if (view.value === "train") void takeTraining([...files]);
  else void add(files);
}
