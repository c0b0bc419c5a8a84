/** Icons, drawn here so that nothing is fetched; they say nothing to screen readers. */

const PATHS = {
  undo: "M9 7 4 12l5 5M4 12h10a6 6 0 0 1 0 12",
  redo: "m15 7 5 5-5 5M20 12H10a6 6 0 0 0 0 12",
  reset: "M4 12a8 8 0 1 0 2.600-5.900M4 4v5h5",
  compare: "M12 3v18M8 8l-4 4 4 4M16 8l4 4-4 4",
  brush: "M20 4 9 15M9 15c-2 0-4 1-4 4 0 1-1 2-2 2 5 1 9-1 9-4M13.500 10.500l2 2",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9a.5.5 0 1 0 .01 0",
  system: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  light: "M12 8a4 4 0 1 0 .01 0M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600 19 19M5 19l1.400-1.400M17.600 6.400 19 5",
  dark: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  target: "M12 7a5 5 0 1 0 .01 0M12 2v4M12 18v4M2 12h4M18 12h4",
  swap: "M4 9h14l-3-3M20 15H6l3 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  const low = name === "undo" || name === "redo"; // their arcs reach further down
  return (
    <svg class="icon" viewBox={low ? "0 3 24 24" : "0 0 24 24"} aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
