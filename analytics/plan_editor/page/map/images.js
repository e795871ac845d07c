// The image of the map, drawn here: the direction of one-way streets.

const SIZE = 32;
const INK = { dark: "#e8eef6", light: "#16202e" };

function arrow(colour) {
  const surface = document.createElement("canvas");
  surface.width = surface.height = SIZE;
  const pen = surface.getContext("2d", { willReadFrequently: true });
  pen.strokeStyle = colour;
  pen.lineWidth = 4;
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(11, 8);
  pen.lineTo(20, 16);
  pen.lineTo(11, 24);
  pen.stroke();
  return pen.getImageData(0, 0, SIZE, SIZE);
}

export function addArrow(map, theme) {
  map.addImage("arrow", arrow(INK[theme]), { pixelRatio: 2 });
}
