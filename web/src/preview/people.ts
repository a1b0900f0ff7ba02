/** Test customers of the designer: one as most are, one old, one with a long name, a large balance and nothing to read. All are invented. */
import type { Json } from '../console/designer/types'
import people from './people.json'

export interface Person {
  id: string
  name: { zh: string; en: string }
  answers: Record<string, Json>
}
export const PEOPLE = people as unknown as Person[]
