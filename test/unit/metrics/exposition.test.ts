import { describe, expect, it } from 'vitest';
import { parseExposition, sampleOf } from '../../support/exposition.ts';

const head = (name: string, type: string) => `# HELP ${name} Help.\n# TYPE ${name} ${type}\n`;
const histogram = (...lines: string[]) => `${head('h', 'histogram')}${lines.join('\n')}\n`;

describe('the strict parser of expositions', () => {
  it('reads names, labels with escapes, and numbers', () => {
    const text = `${head('x', 'gauge')}x{a="1",b="q\\"\\\\\\n"} 1.5e3\nx{a="2"} +Inf\n`;
    const families = parseExposition(text);
    expect(sampleOf(families, 'x', { a: '1', b: 'q"\\\n' })).toBe(1500);
    expect(sampleOf(families, 'x', { a: '2' })).toBe(Infinity);
    expect(sampleOf(families, 'x')).toBeUndefined();
  });

  it.each([
    ['no line feed at the end', `${head('x', 'gauge')}x 1`],
    ['no TYPE', '# HELP x Help.\nx 1\n'],
    ['no HELP', '# TYPE x gauge\nx 1\n'],
    ['an empty HELP', '# HELP x  \n# TYPE x gauge\nx 1\n'],
    ['another comment', '# EOF\n'],
    ['an unknown type', head('x', 'number')],
    ['two HELPs', `${head('x', 'gauge')}x 1\n${head('x', 'gauge')}`],
    ['a sample outside of its family', `${head('x', 'gauge')}y 1\n`],
    ['the same sample twice', `${head('x', 'gauge')}x{a="1",b="2"} 1\nx{b="2",a="1"} 1\n`],
    ['a bad escape', `${head('x', 'gauge')}x{a="\\t"} 1\n`],
    ['a quote in a label', `${head('x', 'gauge')}x{a="b"c"} 1\n`],
    ['no number', `${head('x', 'gauge')}x one\n`],
    ['undefined', `${head('x', 'gauge')}x undefined\n`],
    ['a counter without _total', `${head('x', 'counter')}x 1\n`],
    ['a counter below 0', `${head('x_total', 'counter')}x_total -1\n`],
    ['a counter that is NaN', `${head('x_total', 'counter')}x_total NaN\n`],
    [
      'buckets that fall',
      histogram('h_bucket{le="1"} 2', 'h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 1'),
    ],
    [
      'bounds that fall',
      histogram(
        'h_bucket{le="2"} 1',
        'h_bucket{le="1"} 1',
        'h_bucket{le="+Inf"} 1',
        'h_sum 1',
        'h_count 1',
      ),
    ],
    ['no bucket +Inf', histogram('h_bucket{le="1"} 1', 'h_sum 1', 'h_count 1')],
    [
      'another count than the last bucket',
      histogram('h_bucket{le="+Inf"} 1', 'h_sum 1', 'h_count 2'),
    ],
    ['no sum', histogram('h_bucket{le="+Inf"} 1', 'h_count 1')],
  ])('refuses %s', (_, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});
