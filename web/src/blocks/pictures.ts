/** The bank's own pictures, by name: scenery drawn in the roles of the theme, so that they suit light, dark and each bank. */
interface Drawing {
  sky: string
  far: string
  near: string
  lit: string
  /** What stands on the hills: a path of leaves, fruit, roofs, waves. */
  marks: string
}

const dots = (places: [number, number, number][]): string => places.map(([x, y, r]) => `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`).join('')
const leaves = (places: [number, number][]): string => places.map(([x, y]) => `M${x} ${y}q8 -16 0 -26q-8 10 0 26M${x} ${y}q14 -8 22 -6q-8 10 -22 6M${x} ${y}q-14 -8 -22 -6q8 10 22 6`).join('')
const roofs = (places: [number, number, number][]): string => places.map(([x, y, s]) => `M${x} ${y}v${-s}l${s * 0.8} ${-s * 0.6}l${s * 0.8} ${s * 0.6}v${s}z`).join('')

const green = { sky: 'var(--c-brand-faint)', far: 'var(--c-brand-soft)', near: 'var(--c-brand)', lit: 'var(--c-grain)' }
const DRAWINGS: Record<string, Drawing> = {
  terrace: { ...green, marks: '' },
  harvest: { ...green, sky: 'var(--c-grain-soft)', marks: leaves([[70, 168], [118, 160], [250, 148], [300, 152]]) },
  tea: { ...green, marks: leaves([[60, 162], [104, 156], [148, 152], [206, 150], [258, 154], [308, 160]]) },
  citrus: { ...green, sky: 'var(--c-gift-soft)', lit: 'var(--c-gift)', marks: dots([[72, 150, 9], [96, 158, 7], [128, 146, 8], [236, 148, 9], [268, 156, 7], [292, 148, 8]]) },
  sea: { sky: 'var(--c-info-soft)', far: 'color-mix(in srgb,var(--c-info),transparent 70%)', near: 'var(--c-info)', lit: 'var(--c-grain)', marks: '' },
  bamboo: { ...green, marks: [46, 78, 112, 286, 320].map((x) => `M${x} 190v-120h5v120zM${x + 5} 104q18 -12 30 -8q-10 14 -30 8`).join('') },
  market: { sky: 'var(--c-soil-soft)', far: 'var(--c-grain-soft)', near: 'var(--c-soil)', lit: 'var(--c-grain)', marks: roofs([[60, 168, 34], [140, 168, 40], [230, 168, 34]]) },
  school: { sky: 'var(--c-lotus-soft)', far: 'var(--c-lotus-soft)', near: 'var(--c-lotus)', lit: 'var(--c-grain)', marks: roofs([[150, 160, 52]]) },
  clinic: { sky: 'var(--c-gift-soft)', far: 'var(--c-gift-soft)', near: 'var(--c-gift)', lit: 'var(--c-surface)', marks: 'M172 96h16v18h18v16h-18v18h-16v-18h-18v-16h18z' },
  home: { ...green, marks: roofs([[96, 164, 38], [214, 160, 30]]) },
}

export const drawing = (name: string): Drawing => DRAWINGS[name] ?? (DRAWINGS['terrace'] as Drawing)
