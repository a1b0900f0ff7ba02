/** What the fields of the properties form need from the bench they lie on. */
import type { InjectionKey } from 'vue'
import type { Book } from './schema'
import type { Json, Problem, Source } from './types'

export interface Bench {
  book: Book
  source: () => Source
  samples: (person: string) => Record<string, Json>
  person: () => string
  problems: () => readonly Problem[]
  locked: () => boolean
}

export const BENCH: InjectionKey<Bench> = Symbol('bench')
