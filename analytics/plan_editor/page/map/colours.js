// A colour a grid: hues a golden angle apart, so that neighbours in the list differ most.

const GOLDEN_DEG = 137.508;
const LIGHTNESS = { dark: [68, 58, 78], light: [38, 46, 30] };
const SATURATION = { dark: 72, light: 68 };

export function gridColour(place, theme) {
  const hue = Math.round((place * GOLDEN_DEG + 165) % 360);
  return `hsl(${hue}, ${SATURATION[theme]}%, ${LIGHTNESS[theme][place % 3]}%)`;
}
