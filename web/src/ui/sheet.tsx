/** Pixels on the page. */

import { useEffect, useRef } from "preact/hooks";

interface Given {
  readonly image: ImageData;
  readonly kind?: string;
  /** what it shows; left out where words beside it say so */
  readonly label?: string;
}

export function Sheet({ image, kind, label }: Given) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext("2d")?.putImageData(image, 0, 0);
  }, [image]);
  return (
    <canvas
      ref={canvas}
      class={kind}
      width={image.width}
      height={image.height}
      role={label === undefined ? undefined : "img"}
      aria-hidden={label === undefined}
      aria-label={label}
    />
  );
}
