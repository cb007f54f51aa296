import { expect, it } from "vitest";
import { asPixels, describe, toRgba } from "./pixels";

const image = { width: 2, height: 2, pixels: [0, 0.5, 1, 7] };

it("takes an image only when its numbers fit its size", () => {
  expect(asPixels(image)).toEqual(image);
  expect(asPixels({ ...image, width: 3 })).toBeNull();
  expect(asPixels({ media: "med_1" })).toBeNull();
  expect(asPixels("data:image/png;base64,xx")).toBeNull();
});

it("paints grey, opaque, clipped", () => {
  expect([...toRgba(image)]).toEqual([0, 0, 0, 255, 128, 128, 128, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
});

it("has a text alternative", () => {
  expect(describe(image)).toBe("Picture of 2 by 2 pixels, 50 % of them bright");
});
