// Draws the plotly figures of components/chart.html. plotly.js is fetched only where a chart is on the page.

const here = document.getElementById("sl-charts");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

let library;
function plotly() {
  library ??= new Promise((resolve, reject) => {
    // plotly.js puts its rules into style elements, which our Content Security Policy refuses. The rules that matter are
    // in static/css/_chart.scss; while it loads, style elements are taken and dropped, so that nothing is refused.
    const head = document.head;
    head.append = Element.prototype.append;
    head.appendChild = (node) => (node.nodeName === "STYLE" ? node : Node.prototype.appendChild.call(head, node));
    const mark = document.createElement("meta");
    mark.id = "plotly.js-style-global";
    mark.className = "no-inline-styles"; // plotly looks for this class (plotly.js, pull request 7109).
    head.append(mark);
    const script = document.createElement("script");
    script.src = here.dataset.plotly;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    head.append(script);
  }).finally(() => delete document.head.appendChild);
  return library;
}

const CONFIG = { displayModeBar: false, displaylogo: false, responsive: true, scrollZoom: false, doubleClick: false };

// Labels in the right margin move inside on a narrow page, above their lines.
function fit(layout, width) {
  if (width >= 520) return layout;
  const annotations = (layout.annotations ?? []).map((label) =>
    label.xref === "paper" && label.x >= 1 ? { ...label, x: 1, xanchor: "right", yanchor: "bottom" } : label,
  );
  const { tickvals, ticktext } = layout.xaxis ?? {};
  const step = Math.ceil((tickvals?.length ?? 0) / 4);
  const kept = (list) => list?.filter((_, place) => (list.length - 1 - place) % step === 0); // The newest always.
  const fewer = tickvals ? { tickvals: kept(tickvals), ticktext: kept(ticktext) } : { dtick: undefined, tickmode: "auto", nticks: 4 };
  const xaxis = { ...layout.xaxis, tickangle: 0, ...fewer };
  return { ...layout, annotations, xaxis, margin: { ...layout.margin, r: 12 } };
}

async function draw(place) {
  if (place.dataset.drawn) return;
  place.dataset.drawn = "true";
  const chart = place.closest(".sl-chart");
  const figure = JSON.parse(place.querySelector("script[type='application/json']").textContent);
  try {
    const Plotly = await plotly();
    chart?.classList.add("sl-chart--drawn"); // Only now has the place a width to draw to.
    const layout = { ...fit(figure.layout, place.clientWidth), autosize: true, dragmode: false, paper_bgcolor: "rgba(0,0,0,0)" };
    layout.hoverlabel = { font: { family: getComputedStyle(document.body).fontFamily, size: 14 }, ...layout.hoverlabel };
    if (calm) layout.transition = { duration: 0 };
    await Plotly.newPlot(place, figure.data, layout, CONFIG);
  } catch {
    chart?.classList.remove("sl-chart--drawn");
    place.remove(); // The static picture, the sentence and the table are still there.
  }
}

const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
