// Images of the map, drawn here: depot and transfer stations.

const SIZE = 48;

function canvas(draw) {
  const surface = document.createElement("canvas");
  surface.width = surface.height = SIZE;
  const pen = surface.getContext("2d", { willReadFrequently: true });
  pen.translate(SIZE / 2, SIZE / 2);
  pen.lineJoin = "round";
  draw(pen);
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function square(letter, colour) {
  return canvas((pen) => {
    pen.fillStyle = colour;
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 3;
    pen.beginPath();
    pen.roundRect(-16, -16, 32, 32, 6);
    pen.fill();
    pen.stroke();
    pen.fillStyle = "#ffffff";
    pen.font = "bold 20px sans-serif";
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(letter, 0, 2);
  });
}

/** Give a map its images; they live until its style is replaced. */
export function addImages(map) {
  const add = (name, image) => map.addImage(name, image, { pixelRatio: 2 });
  add("depot", square("P", "#5a6472"));
  add("transfer_station", square("⇄", "#0072b2"));
}
