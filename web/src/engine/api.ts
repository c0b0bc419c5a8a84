/**
 * What the page asks of whatever colours pictures: a worker of the browser, or a server.
 *
 * Names are those of the Python package: a recipe here means what it means there.
 */

/** Encoded sRGB 0..255, three numbers, or `#rrggbb`. */
export type Colour = string;

/** Chroma of one palette colour, CIE a* and b*. */
export type Chroma = readonly [number, number];

/** A colour that is known at a place; coordinates are full-size upright pixels from 0. */
export interface Hint {
  readonly x: number;
  readonly y: number;
  /** px; 0 is one pixel, a brush is one hint for each point of its stroke */
  readonly radius: number;
  readonly colour: Colour;
  /** it goes on from the hint before: one stroke, with all that lies between the two */
  readonly joined?: boolean;
}

/** All options that can change a pixel; what is left out is the model's own. */
export interface Recipe {
  /** 0 dull and safe to 1 vivid and guessed; 0.5 is the model's own */
  readonly vividness?: number;
  /** mix all colours of these, a*b* each */
  readonly palette?: readonly Chroma[];
  /** every pixel one of the palette's colours */
  readonly exactPalette?: boolean;
  readonly hints?: readonly Hint[];
  /** which of several different colourings, 1 to 16 */
  readonly alternative?: number;
  readonly seed?: number;
  /** handles of opened pictures in colour whose colours are to be taken */
  readonly references?: readonly PictureId[];
}

export type PictureId = number;

/** What is known of a picture that was opened. */
export interface Opened {
  readonly id: PictureId;
  readonly width: number;
  readonly height: number;
  /** in colour already, neither black-and-white nor toned */
  readonly colored: boolean;
  /** what a user should know, keys of the page's texts */
  readonly notes: readonly string[];
}

/** What is known of a model. */
export interface Model {
  readonly name: string;
  /** SHA-256 of the file, hex */
  readonly hash: string;
  readonly preset: string;
  /** a*b* of its palette; none for a model that predicts RGB */
  readonly palette?: readonly Chroma[];
  /** which controls it has: a model without a palette has no vividness, no alternatives */
  readonly controls: readonly Control[];
}

export type Control =
  | "vividness"
  | "palette"
  | "hints"
  | "alternatives"
  | "confidence"
  | "reference";

/** Shares of the picture by how well its colours are known, 0..1, and the map itself. */
export interface Confidence {
  /** tint over the gray picture, as Python's `Confidence.draw`, preview size */
  readonly map: ImageData;
  /** said by the user */
  readonly told: number;
  /** right with 7 chances in 10 or more */
  readonly sure: number;
  /** the rest */
  readonly guessed: number;
  /** what of the rest is more likely wrong than right */
  readonly doubtful: number;
  /** whether held-out pictures stand behind the figures */
  readonly calibrated: boolean;
}

/** Where one more hint would help most, in full-size pixels. */
export interface Suggestion {
  readonly x: number;
  readonly y: number;
}

/** One engine holds one model and any number of opened pictures. */
export interface Engine {
  /** @param hash of the file that people have, where these bytes are a smaller copy of it */
  load(model: ArrayBuffer, name: string, hash?: string): Promise<Model>;
  open(picture: Blob): Promise<Opened>;
  /** a result no larger than `side` px on its longer side, for the screen */
  preview(id: PictureId, recipe: Recipe, side: number): Promise<ImageData>;
  /** the gray picture at the same size as `preview` gives it */
  gray(id: PictureId, side: number): Promise<ImageData>;
  alternatives(id: PictureId, recipe: Recipe, count: number, side: number): Promise<ImageData[]>;
  confidence(id: PictureId, recipe: Recipe, side: number): Promise<Confidence>;
  /** do now what the first hint would have to wait for */
  prepare(id: PictureId, recipe: Recipe): Promise<void>;
  suggest(id: PictureId, recipe: Recipe): Promise<Suggestion | null>;
  /** the colours that come most in a picture, a*b*, for a palette of its own */
  paletteOf(picture: Blob, count?: number): Promise<Chroma[]>;
  /** the result at full size as a file, with what of the metadata can be kept */
  full(id: PictureId, recipe: Recipe, type: "image/jpeg" | "image/png"): Promise<Blob>;
  close(id: PictureId): Promise<void>;
}

/** An error the page has words for; `code` is a key of its texts. */
export class EngineError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = "EngineError";
  }
}
