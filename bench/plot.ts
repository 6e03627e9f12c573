/** Curves as SVG: a panel for each of its lines, for they have no unit in common. */
import { init, type EChartsCoreOption } from "echarts";
import { type Curve, type Point } from "./curves/curve";

const [WIDTH, HEIGHT] = [300, 220];
const INK = "#888"; // readable on white and on black

function panel({ x, time }: Curve, points: readonly Point[], line: string, at: number): EChartsCoreOption {
  return {
    grid: { left: at * WIDTH + 50, width: WIDTH - 75, top: 60, bottom: 45 },
    xAxis: {
      ...{ gridIndex: at, type: time ? "value" : "log", name: x, nameLocation: "middle", nameGap: 28 },
      ...{ axisLabel: { color: INK }, nameTextStyle: { color: INK }, splitLine: { show: false } },
    },
    yAxis: { gridIndex: at, min: 0, axisLabel: { color: INK }, splitLine: { lineStyle: { color: INK, opacity: 0.3 } } },
    series: {
      ...{ type: "line", xAxisIndex: at, yAxisIndex: at, name: line, symbolSize: time ? 0 : 6 },
      data: points.map((point) => [point.x, point.y[line]]),
    },
    title: {
      text: line,
      left: at * WIDTH + 50,
      top: 30,
      textStyle: { color: INK, fontSize: 12, fontWeight: "normal" },
    },
  };
}

export function plotOf(curve: Curve, points: readonly Point[]): string {
  const lines = Object.keys(points[0]?.y ?? {});
  const chart = init(null, null, { renderer: "svg", ssr: true, width: WIDTH * lines.length, height: HEIGHT });
  const panels = lines.map((line, at) => panel(curve, points, line, at));
  const all = (part: string): unknown[] => panels.map((p) => p[part]);
  const title = { text: curve.title, left: 10, top: 5, textStyle: { color: INK, fontSize: 14 } };
  const axes = { grid: all("grid"), xAxis: all("xAxis"), yAxis: all("yAxis"), series: all("series") };
  chart.setOption({ animation: false, title: [title, ...all("title")], ...axes });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
}
