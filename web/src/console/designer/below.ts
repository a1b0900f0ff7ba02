import { bare, marked, overrideOf } from './layer'
import type { Source } from './types'

/** A page with a bank's override on it, without the bench's marks. */
export const laidOver = (below: Source, override: Source): Source => bare(overrideOf.laid(marked(below), override))
