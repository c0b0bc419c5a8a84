/** The loss of a training as a line. */

import { t } from "../texts";

const WIDTH = 480;
const HEIGHT = 140;

export function Curve({ losses }: { losses: readonly (readonly [number, number])[] }) {
  const values = losses.map(([, loss]) => loss);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const reach = high - low || 1;
  const points = losses.map(([share, loss]) => {
    return `${(share * WIDTH).toFixed(1)},${((1 - (loss - low) / reach) * HEIGHT).toFixed(1)}`;
  });
  const last = values[values.length - 1].toFixed(3);
  return (
    <figure class="curve">
      <figcaption>
        {t().train.loss} {last} <span class="faint">{t().train.lossHelp}</span>
      </figcaption>
      <svg
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${t().train.loss} ${last}`}
      >
        <polyline points={points.join(" ")} />
      </svg>
    </figure>
  );
}
