/** Code that comes when a touch needs it; one that does not come is a refusal with a sentence, not a dead button. */
import { Refusal } from './net'
import { word } from './words'

export const heldUp: (() => Promise<unknown>)[] = []

/** `load`, known to those who fetch ahead for times without a network. */
export function part<T>(load: () => Promise<T>): () => Promise<T> {
  heldUp.push(load)
  return () =>
    load().catch((fault: unknown) => {
      console.warn(fault)
      throw new Refusal('OFFLINE', 'CLIENT.PART_MISSING', word('partMissing'))
    })
}
