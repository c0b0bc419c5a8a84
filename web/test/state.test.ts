import { afterEach, expect, test, vi } from "vitest";

import { latest } from "../src/engine/client";
import { History } from "../src/state/history";
import { changed, PLAIN, recipeOf } from "../src/state/look";
import { checkUpload, reduced } from "../src/state/reduce";
import { giveToken, tokenAsked } from "../src/state/server";
import { readPalette, swatchFrom, swatchOf, writePalette } from "../src/state/swatches";

afterEach(() => vi.unstubAllGlobals());

test("what is undone can be done again, until something else is done", () => {
  const history = new History(1);
  history.keep(2);
  history.keep(3);
  history.undo();
  history.undo();
  expect(history.now).toBe(1);
  history.redo();
  expect(history.now).toBe(2);
  history.keep(4);
  history.redo();
  expect(history.now).toBe(4);
});

test("a slider that moves over many values is one step back", () => {
  const history = new History(0);
  [1, 2, 3].forEach((value) => history.try(value));
  history.keep();
  expect(history.now).toBe(3);
  history.undo();
  expect(history.now).toBe(0);
  expect(history.canUndo.value).toBe(false);
});

test("a step that changes nothing is none", () => {
  const history = new History(0);
  history.keep(0);
  expect(history.canUndo.value).toBe(false);
});

test("a plain look asks for nothing", () => {
  expect(recipeOf(PLAIN)).toEqual({});
});

test("a stroke becomes a hint for each of its points", () => {
  const points = [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ];
  const { hints } = recipeOf({ ...PLAIN, strokes: [{ points, radius: 5, colour: "#112233" }] });
  const told = { radius: 5, colour: "#112233" };
  expect(hints).toEqual([
    { ...points[0], ...told, joined: false },
    { ...points[1], ...told, joined: true },
  ]);
});

test("another answer and a reference exclude each other, and what was taken away is told", () => {
  const reference = { id: 1, file: new File([], "garden.jpg") };
  const referred = changed({ ...PLAIN, alternative: 2 }, { references: [reference] });
  expect(referred.aside).toBe("answer");
  expect(referred.look.alternative).toBeNull();
  const answered = changed(referred.look, { alternative: 3 });
  expect(answered.aside).toBe("references");
  expect(answered.look.references).toEqual([]);
  expect(changed(answered.look, { vividness: 1 }).aside).toBeNull();
  expect(changed(referred.look, PLAIN).aside).toBeNull();
});

test("a palette of one colour is not one yet", () => {
  expect(recipeOf({ ...PLAIN, palette: [swatchOf("#aa2211")] })).toEqual({});
});

for (const format of ["gpl", "hex", "json"] as const) {
  test(`a palette comes back from .${format}`, () => {
    const palette = ["#c83c1e", "#1e5aa0", "#808080"].map(swatchOf);
    const back = readPalette(`mine.${format}`, writePalette(palette, format));
    back.forEach(({ chroma }, i) => {
      expect(chroma[0]).toBeCloseTo(palette[i].chroma[0], 6);
      expect(chroma[1]).toBeCloseTo(palette[i].chroma[1], 6);
    });
    expect(back).toHaveLength(3);
  });
}

test("a colour without lightness is shown as Python shows it", () => {
  // photochrom.Palette(np.array([[40.0, 30.0], [-30.0, 20.0]]), "chroma").to_srgb()
  expect(swatchFrom([40, 30]).colour).toBe("#ec7f6a");
  expect(swatchFrom([-30, 20]).colour).toBe("#70ab79");
});

for (const [name, text] of [
  ["a.json", "{"],
  ["a.json", '{"space": "chroma", "colors": [[1, "x"], [2, 3]]}'],
  ["a.gpl", "1 2 3"],
  ["a.hex", "12345g\n000000"],
  ["a.doc", "ffffff"],
]) {
  test(`${name} holding ${text} is refused`, () => {
    expect(() => readPalette(name, text)).toThrowError(
      expect.objectContaining({ code: "palette-unknown" }),
    );
  });
}

test("of many questions the first and the last are asked", async () => {
  const asked: number[] = [];
  const ask = latest(async (value: number) => {
    asked.push(value);
    await Promise.resolve();
    return value;
  });
  const answers = await Promise.all([1, 2, 3, 4].map((value) => ask(value)));
  expect(asked).toEqual([1, 4]);
  expect(answers).toEqual([1, null, null, 4]);
});

test("a question that fails does not keep the next from being asked", async () => {
  const ask = latest(async (value: number) => {
    if (value === 1) throw new Error("no");
    return value;
  });
  const first = ask(1);
  const second = ask(2);
  await expect(first).rejects.toThrow("no");
  expect(await second).toBe(2);
});

test("a password that no header can hold is refused at once, and another can be given", () => {
  const kept = new Map<string, string>();
  const setItem = (key: string, value: string): unknown => kept.set(key, value);
  vi.stubGlobal("sessionStorage", { setItem });
  for (const word of ["пароль", "für", "a\nb"]) {
    expect(giveToken(word), word).toBe(false);
    expect(tokenAsked.value).toBe("again");
  }
  expect(kept.size).toBe(0);
  expect(giveToken("a word")).toBe(true);
  expect(tokenAsked.value).toBeNull();
  expect([...kept.values()]).toEqual(["a word"]);
});

for (const [what, width, height, bytes, size, drawn] of [
  ["a photograph of 12 megapixels", 4000, 3000, 5e6, 300, [1600, 1200]],
  ["a tall one", 1000, 3200, 9e5, 300, [500, 1600]],
  ["a small picture in a large file", 1600, 900, 4e6, 300, [1600, 900]],
  ["a small picture", 1600, 1200, 9e5, 9e5, null],
  ["a picture that would grow", 1600, 1200, 2e6, 2e6, null],
] as const) {
  test(`${what} is sent no larger than learning needs`, async () => {
    const asked = paint(width, height, what === "a picture that would grow" ? 3e6 : 300);
    const file = new File([new Uint8Array(bytes)], "cup.png");
    const sent = await reduced(file);
    expect(sent.size).toBe(size);
    expect(sent === file).toBe(drawn === null);
    expect(sent.name).toBe(drawn === null ? "cup.png" : "cup.jpg");
    if (drawn !== null) expect(asked).toEqual([drawn]);
  });
}

/** Stand in for the browser's decoder and canvas. @returns sizes of the canvases that are asked for */
function paint(width: number, height: number, bytes: number): [number, number][] {
  const asked: [number, number][] = [];
  class Canvas {
    constructor(...size: [number, number]) {
      asked.push(size);
    }
    getContext = (): object => ({ fillRect: () => {}, drawImage: () => {} });
    convertToBlob = async ({ type }: { type: string }): Promise<Blob> =>
      new Blob([new Uint8Array(bytes)], { type });
  }
  vi.stubGlobal("OffscreenCanvas", Canvas);
  vi.stubGlobal("createImageBitmap", async () => ({ width, height, close: () => {} }));
  return asked;
}

test("a picture that the browser cannot open is told as such", async () => {
  vi.stubGlobal("createImageBitmap", () => Promise.reject(new Error("no")));
  const unread = reduced(new File(["heic"], "cup.heic"));
  await expect(unread).rejects.toMatchObject({ code: "not-a-picture" });
});

test("pictures that are together more than the server takes are not sent", () => {
  const files = [1, 2, 3].map(() => new File([new Uint8Array(10_000)], "cup.jpg"));
  expect(() => checkUpload(files, 30_000)).toThrowError(
    expect.objectContaining({ code: "pictures-too-large" }),
  );
  checkUpload(files, 40_000);
});
