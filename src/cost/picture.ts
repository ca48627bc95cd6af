import { countedGrouped } from '../common/text/counted.ts';
import type { CostDocument } from './measure.ts';
import { heartbeatWrites } from './text.ts';

const [width, height] = [720, 440] as const;
const [left, right, top, bottom] = [80, 24, 72, 56] as const;
const ticks = 5;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A round number that is no smaller: 1, 2 or 5 times a power of ten, five times over. */
const roundUp = (value: number): number => {
  const step = value / ticks;
  const power = 10 ** Math.floor(Math.log10(step));
  const factor = [1, 2, 5, 10].find((one) => one * power >= step) ?? 10;
  return factor * power * ticks;
};

/**
 * What heartbeats cost against how soon a silent node is noticed, as SVG: of each profile a dot for what was measured, a
 * ring for what is configured, and a line from the soonest to the latest.
 */
export const costPicture = ({ hollow, profiles }: CostDocument): string => {
  const points = profiles.map(({ profile, detectionMs: [fromMs, toMs], nominalWritesPerMinute, figures }) => ({
    ...{ profile, fromS: fromMs / 1000, toS: toMs / 1000, nominal: nominalWritesPerMinute },
    measured: heartbeatWrites(figures),
  }));
  const maxX = roundUp(Math.max(1, ...points.map(({ toS }) => toS)));
  const maxY = roundUp(Math.max(1, ...points.flatMap(({ nominal, measured }) => [nominal, measured ?? 0])));
  const x = (seconds: number): string => (left + (seconds / maxX) * (width - left - right)).toFixed(1);
  const y = (writes: number): string => (height - bottom - (writes / maxY) * (height - top - bottom)).toFixed(1);
  const steps = Array.from({ length: ticks + 1 }, (_, index) => index / ticks);
  const number = (value: number): string => value.toLocaleString('en-US', { maximumFractionDigits: 1 });
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="24" font-size="15">Heartbeat writes a minute of ${countedGrouped(hollow, 'hollow node')} against detection</text>`,
    ...steps.flatMap((share) => [
      `<line x1="${left}" x2="${width - right}" y1="${y(share * maxY)}" y2="${y(share * maxY)}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${y(share * maxY)}" text-anchor="end" dominant-baseline="middle">${number(share * maxY)}</text>`,
      `<text x="${x(share * maxX)}" y="${height - bottom + 18}" text-anchor="middle">${number(share * maxX)}</text>`,
    ]),
    `<text x="${(left + width - right) / 2}" y="${height - 12}" text-anchor="middle">seconds until a silent node is NotReady (formula: from, to)</text>`,
    ...points.flatMap(({ profile, fromS, toS, nominal, measured }) => {
      const middle = (fromS + toS) / 2;
      const line = (writes: number, color: string): string =>
        `<line x1="${x(fromS)}" x2="${x(toS)}" y1="${y(writes)}" y2="${y(writes)}" stroke="${color}" stroke-width="2"/>`;
      return [
        ...(measured === null ? [line(nominal, '#c63')] : [line(measured, '#36c')]),
        `<circle cx="${x(middle)}" cy="${y(nominal)}" r="6" fill="none" stroke="#c63"/>`,
        ...(measured === null ? [] : [`<circle cx="${x(middle)}" cy="${y(measured)}" r="4" fill="#36c"/>`]),
        `<text x="${x(middle)}" y="${y(Math.max(measured ?? 0, nominal))}" dy="-12" text-anchor="middle">${escaped(profile)}${measured === null ? ' (not known)' : ''}</text>`,
      ];
    }),
    `<text x="${left}" y="44"><tspan fill="#36c">● measured</tspan> <tspan fill="#c63">○ as configured</tspan></text>`,
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
};
