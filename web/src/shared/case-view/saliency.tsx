import { useLayoutEffect, useRef } from "react";
import type { Contribution, Json } from "../api/types";
import css from "./case-view.module.css";
import { asPixels, toRgba } from "./pixels";

/** The picture again, small, with the places that moved the score. */
export function Saliency({
  value,
  contributions,
}: {
  value: Json | undefined;
  contributions: readonly Contribution[];
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = asPixels(value);
  useLayoutEffect(() => {
    if (image)
      canvas.current?.getContext("2d")?.putImageData(new ImageData(toRgba(image), image.width, image.height), 0, 0);
  }, [image]);
  if (!image) return null;
  const most = Math.max(1e-9, ...contributions.map((one) => Math.abs(one.weight)));
  return (
    <div className={css.saliency}>
      <canvas ref={canvas} width={image.width} height={image.height} />
      <svg
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        role="img"
        aria-label="Places in the picture that speak for it, or against it with a dashed edge"
      >
        {contributions.map((one) => {
          if (!one.region) return null;
          const [left, top, width, height] = one.region;
          return (
            <rect
              key={one.feature}
              x={left}
              y={top}
              width={width}
              height={height}
              data-negative={one.weight < 0 || undefined}
              fillOpacity={0.15 + 0.55 * (Math.abs(one.weight) / most)}
            />
          );
        })}
      </svg>
    </div>
  );
}
