/** Tones of the protocol as the classes of theme/app.css. */
const TILES: Record<string, string> = {
  brand: 't-b', info: 't-s', gift: 't-p', grain: 't-g', lotus: 't-l', soil: 't-e', neutral: 't-n', danger: 't-d',
}
const TEXTS: Record<string, string> = {
  brand: 'cb', info: 'ci', gift: 'cgi', grain: 'cg', danger: 'cd', neutral: 'c3', lotus: 'cl', soil: 'ce',
}
export const tile = (tone: string): string => TILES[tone] ?? 't-n'
export const toneText = (tone: string): string => TEXTS[tone] ?? 'c3'
/** Soft ground with its own ink, for chips and initials. */
export const tint = (tone: string): string => `tint-${tone in TILES ? tone : 'neutral'}`
