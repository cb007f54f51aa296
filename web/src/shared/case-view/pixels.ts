/** An image as the wire gives it when it is numbers: rows from the top, each pixel 0 (black) to 1. */
export type Pixels = { width: number; height: number; pixels: number[] };

export function asPixels(value: unknown): Pixels | null {
  if (!value || typeof value !== "object") return null;
  const { width, height, pixels } = value as Record<string, unknown>;
  if (typeof width !== "number" || typeof height !== "number" || !Array.isArray(pixels)) return null;
  if (width < 1 || height < 1 || pixels.length !== width * height) return null;
  return { width, height, pixels: pixels as number[] };
}

/** Opaque grey RGBA bytes; numbers outside 0..1 are clipped. */
export function toRgba({ pixels }: Pixels): Uint8ClampedArray<ArrayBuffer> {
  const bytes = new Uint8ClampedArray(pixels.length * 4);
  pixels.forEach((value, at) => {
    const grey = Math.round(Math.min(1, Math.max(0, Number(value) || 0)) * 255);
    bytes[at * 4] = grey;
    bytes[at * 4 + 1] = grey;
    bytes[at * 4 + 2] = grey;
    bytes[at * 4 + 3] = 255;
  });
  return bytes;
}

/** Says what can be said of such a picture without seeing it. */
export function describe(image: Pixels): string {
  const inked = image.pixels.filter((value) => value > 0.5).length;
  const share = Math.round((inked / image.pixels.length) * 100);
  return `Picture of ${image.width} by ${image.height} pixels, ${share} % of them bright`;
}
