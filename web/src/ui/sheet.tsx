/** Pixels on the page. */

import { useLayoutEffect, useRef } from "preact/hooks";

interface Given {
  readonly image: ImageData;
  readonly kind?: string;
  /** what it shows; left out where words beside it say so */
  readonly label?: string;
}

export function Sheet({ image, kind, label }: Given) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Before the browser paints, so that no frame shows the canvas of before.
  useLayoutEffect(() => {
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
