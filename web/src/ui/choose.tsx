/** A button that lets the visitor choose files. */

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Given {
  readonly accept: string;
  readonly several?: boolean;
  readonly take: (files: File[]) => void;
  readonly kind?: string;
  readonly label?: string;
  readonly children: ComponentChildren;
}

export function Choose({ accept, several, take, kind, label, children }: Given) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button
        type="button"
        class={kind}
        aria-label={label}
        title={label}
        onClick={() => input.current?.click()}
      >
        {children}
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept={accept}
        multiple={several}
        onChange={(event) => {
          take([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = ""; // so that the same file can be chosen again
        }}
      />
    </>
  );
}

/** The server reads TIFF, too; what neither can read is told. */
export const PICTURES = "image/*,.onnx";
