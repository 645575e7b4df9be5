// One plot over time, by uPlot. Colours come from the style sheet, so they follow the theme.
import {useEffect, useRef} from 'preact/hooks';
import uPlot from 'uplot';

const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);

function axes(tick) {
  const common = {stroke: style('--muted'), font: '11px system-ui, sans-serif',
                  grid: {stroke: style('--line'), width: 1}, ticks: {show: false}};
  return [
    {...common, space: 90, size: 28, values: (_, marks) => marks.map(clock)},
    {...common, size: 54, space: 34, values: (_, marks) => marks.map(tick)},
  ];
}

/** What stands under the pointer, or the newest values. */
function say(legend, plot, lines, format) {
  const at = plot.cursor.idx ?? plot.data[0].length - 1;
  lines.forEach((line, i) => {
    const value = plot.data[i + 1][at];
    legend.children[i].lastChild.textContent = value == null ? '–' : format(value);
  });
}

/**
 * `data`: [seconds, values, ...] as uPlot takes it; `lines`: [{label, color (a variable), fill?}];
 * `format` is for values, `tick` for marks at the axis; `from` seconds are the left edge.
 */
export function Plot({label, data, lines, format, tick, from, dark, summary}) {
  const place = useRef(null);
  const legend = useRef(null);
  const plot = useRef(null);
  const range = useRef([0, 1]);
  range.current = [from, data[0].at(-1) ?? from + 1];

  useEffect(() => {
    const box = place.current;
    const made = new uPlot({
      width: box.clientWidth, height: 190, legend: {show: false}, padding: [10, 12, 0, 0],
      cursor: {y: false, points: {size: 6}, drag: {x: false, y: false}},
      scales: {x: {time: false, range: () => range.current},
               y: {range: (_, __, top) => [0, top > 0 ? top * 1.15 : 1]}},
      axes: axes(tick || format),
      series: [{}, ...lines.map((line) => ({
        label: line.label, stroke: style(line.color), width: 1.75, points: {show: false},
        spanGaps: false,
        fill: line.fill ? `color-mix(in srgb, ${style(line.color)} 14%, transparent)` : undefined,
      }))],
      hooks: {setCursor: [(self) => say(legend.current, self, lines, format)],
              setData: [(self) => say(legend.current, self, lines, format)]},
    }, data, box);
    plot.current = made;
    say(legend.current, made, lines, format);
    const observer = new ResizeObserver(() =>
      made.setSize({width: box.clientWidth, height: 190}));
    observer.observe(box);
    return () => { observer.disconnect(); made.destroy(); plot.current = null; };
  }, [dark]);

  useEffect(() => { plot.current?.setData(data); }, [data]);

  return (
    <figure class="plot">
      <ul class="legend" ref={legend}>{lines.map((line) => (
        <li key={line.label}>
          <i style={{background: `var(${line.color})`}} />{line.label}<b class="num">–</b>
        </li>
      ))}</ul>
      <div class="canvas" ref={place} role="img" aria-label={`${label}. ${summary || ''}`} />
    </figure>
  );
}
