import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

/** A line of a chart. `color` names a variable of the style sheet. */
export interface Line {
  label: string;
  color: string;
  values: number[];
  isDashed?: boolean;
}

const HEIGHT = 130;

const styleOf = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** A small chart of counts per second. Its numbers stand as text beside it, so that it is an ornament for a screen reader. */
export function Chart({
  title,
  fromSecond,
  lines,
}: {
  title: string;
  fromSecond: number;
  lines: Line[];
}) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [
    Array.from({ length: lines[0]?.values.length ?? 0 }, (_, index) => fromSecond + index),
    ...lines.map(({ values }) => values),
  ];
  const newest = useRef(data);
  newest.current = data;
  const names = lines.map(({ label }) => label).join();
  useEffect(() => {
    const at = place.current;
    if (!at) return;
    const draw = () => {
      chart.current?.destroy();
      chart.current = new uPlot(optionsOf(lines, at.clientWidth), newest.current, at);
    };
    draw();
    const sizes = new ResizeObserver(() =>
      chart.current?.setSize({ width: at.clientWidth, height: HEIGHT }),
    );
    sizes.observe(at);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      scheme.removeEventListener('change', draw);
      sizes.disconnect();
      chart.current?.destroy();
    };
  }, [names]);
  useEffect(() => chart.current?.setData(data));
  return (
    <figure class="chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {lines.map(({ label, color, values, isDashed }) => (
            <span key={label} class="legend-item">
              <svg class="legend-line" viewBox="0 0 16 4" aria-hidden="true">
                <path
                  class={`line ${color}`}
                  d="M0 2h16"
                  {...(isDashed ? { 'stroke-dasharray': '4 3' } : {})}
                />
              </svg>
              {label} <b>{Math.round((values.at(-3) ?? 0) * 10) / 10}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} class="chart-place" aria-hidden="true" />
    </figure>
  );
}

function optionsOf(lines: Line[], width: number): uPlot.Options {
  const axis = {
    stroke: styleOf('--muted'),
    grid: { stroke: styleOf('--grid'), width: 1 },
    ticks: { show: false },
    font: `11px ${styleOf('--font')}`,
  };
  return {
    ...{ width, height: HEIGHT, legend: { show: false }, cursor: { show: false } },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(5, max * 1.1)] } },
    axes: [
      { ...axis, size: 26, space: 60, values: (_, ticks) => ticks.map(timeOf) },
      { ...axis, size: 40, space: 28 },
    ],
    series: [
      {},
      ...lines.map(({ label, color, isDashed }) => ({
        ...{ label, stroke: styleOf(`--${color}`), width: 1.5, points: { show: false } },
        ...(isDashed ? { dash: [4, 3] } : {}),
      })),
    ],
  };
}

const timeOf = (second: number) => new Date(second * 1000).toISOString().slice(11, 19);
