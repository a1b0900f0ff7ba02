/** The terrace: layered hill lines rising to the right with a half-risen sun. Drawn, so that each bank's colours fill it. */
interface Scene {
  w: number
  h: number
  sun: readonly [number, number, number]
  base: number
  layers: number
  opacity: number
  hill: number
  swell: number
}

export const SCENES = {
  card: { w: 358, h: 164, sun: [314, 96, 19], base: 0.86, layers: 7, opacity: 0.2, hill: 52, swell: 0.035 },
  flat: { w: 360, h: 180, sun: [316, 104, 20], base: 0.9, layers: 6, opacity: 0.2, hill: 48, swell: 0.03 },
  gate: { w: 390, h: 300, sun: [300, 150, 34], base: 0.84, layers: 8, opacity: 0.2, hill: 96, swell: 0.03 },
} as const satisfies Record<string, Scene>

function line(scene: Scene, y: number, swell: number, phase: number, hill: number): string {
  const { w, h } = scene
  const step = Math.max(10, Math.floor(w / 18))
  const rise = (x: number): number => {
    const t = Math.min(1, Math.max(0, (x / w - 0.25) / 0.75))
    return t * t * (3 - 2 * t)
  }
  const height = (x: number): number =>
    y - hill * rise(x) + swell * Math.sin((x / w) * 3.6 + phase) + swell * 0.45 * Math.sin((x / w) * 9 + phase * 2)
  const points: [number, number][] = []
  for (let x = -step; x < w + 2 * step; x += step) points.push([x, height(x)])
  let path = `M${-step} ${h + 9} L${points[0]?.[0]} ${points[0]?.[1].toFixed(1)} `
  points.slice(0, -1).forEach(([x, at], index) => {
    const [nextX, nextAt] = points[index + 1] as [number, number]
    path += `Q${x} ${at.toFixed(1)} ${(x + nextX) / 2} ${((at + nextAt) / 2).toFixed(1)} `
  })
  return `${path}L${w + 2 * step} ${h + 9}z`
}

/** The paths of a scene, farthest hill first. */
export function hills(scene: Scene): string[] {
  return Array.from({ length: scene.layers }, (_, i) => {
    const y = scene.h * (scene.base + ((0.98 - scene.base) * i) / scene.layers)
    const swell = scene.h * scene.swell * (1 - 0.06 * i)
    return line(scene, y, swell, 0.2 + i * 0.5, scene.hill * (1 - (i / scene.layers) * 0.75))
  })
}
