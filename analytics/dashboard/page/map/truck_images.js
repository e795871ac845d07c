// Arrows, dots and name plates of trucks, drawn once and then copied.

const SIZE = 48;

const LOOKS = {
  moving: { fill: "#ffd166", edge: "#1a1200", shape: arrow },
  standing: { fill: "#f4f6f8", edge: "#1a2230", shape: dot },
  silent: { fill: null, edge: "#8492a6", shape: arrow },
};
const INK = { dark: ["#e8eef6", "#0b111c"], light: ["#16202e", "#ffffff"] };
const MOST_PLATES = 1_000;

const trucks = new Map();
const plates = new Map();

/** A picture 24 pixels wide that points north. */
export function truckImage(look, isChosen) {
  const key = `${look} ${isChosen}`;
  let image = trucks.get(key);
  if (!image) trucks.set(key, (image = drawTruck(LOOKS[look], isChosen)));
  return image;
}

function drawTruck({ fill, edge, shape }, isChosen) {
  const image = document.createElement("canvas");
  image.width = image.height = SIZE;
  const pen = image.getContext("2d");
  pen.translate(SIZE / 2, SIZE / 2);
  pen.lineJoin = "round";
  if (isChosen) {
    pen.beginPath();
    pen.arc(0, 0, 21, 0, 2 * Math.PI);
    pen.lineWidth = 4;
    pen.strokeStyle = "#ff7a2f";
    pen.stroke();
  }
  pen.beginPath();
  shape(pen);
  pen.lineWidth = 5;
  pen.strokeStyle = edge;
  pen.stroke();
  if (fill) {
    pen.fillStyle = fill;
    pen.fill();
  }
  return image;
}

function arrow(pen) {
  pen.moveTo(0, -17);
  pen.lineTo(12, 14);
  pen.lineTo(0, 7);
  pen.lineTo(-12, 14);
  pen.closePath();
}

function dot(pen) {
  pen.arc(0, 0, 10, 0, 2 * Math.PI);
}

/** The lines of a label, twice as large as they are shown. */
export function plateImage(lines, theme) {
  const key = `${theme} ${lines.join("\n")}`;
  let image = plates.get(key);
  if (image) return image;
  if (plates.size >= MOST_PLATES) plates.clear();
  image = document.createElement("canvas");
  const pen = image.getContext("2d");
  const font = "600 24px system-ui, 'Noto Sans CJK SC', 'PingFang SC', sans-serif";
  pen.font = font;
  image.width = Math.ceil(Math.max(...lines.map((line) => pen.measureText(line).width))) + 12;
  image.height = 30 * lines.length + 8;
  [pen.font, pen.textAlign, pen.textBaseline, pen.lineJoin] = [font, "center", "top", "round"];
  [pen.fillStyle, pen.strokeStyle] = INK[theme];
  pen.lineWidth = 6;
  lines.forEach((line, row) => {
    pen.strokeText(line, image.width / 2, 4 + 30 * row);
    pen.fillText(line, image.width / 2, 4 + 30 * row);
  });
  plates.set(key, image);
  return image;
}
