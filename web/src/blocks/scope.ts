/** What every block shares: the open page, the scope it stands in, and short ways to read both. */
import { computed, getCurrentInstance, inject, onBeforeUnmount, onMounted, provide, type ComputedRef, type InjectionKey } from 'vue'
import type { Extra, PageContext, Input } from '../core/context'
import { touch } from '../core/runtime'
import type { Action } from '../core/schema.gen'

export const CONTEXT: InjectionKey<PageContext> = Symbol('page')
const EXTRA: InjectionKey<ComputedRef<Extra>> = Symbol('scope')

export function useContext(): PageContext {
  const context = inject(CONTEXT)
  if (!context) throw new Error('a block outside a page')
  return context
}

export interface Reader {
  context: PageContext
  extra: ComputedRef<Extra>
  say: (template: string | undefined) => string
  holds: (source: string | undefined) => boolean
  fill: (template: string | undefined) => unknown
  tap: (actions: Action[] | undefined, more?: Extra) => Promise<void>
}

/** Read the block's templates; `own` adds names (item, index) to those of the blocks around it. */
export function useReader(own?: () => Extra): Reader {
  const context = useContext()
  const around = inject(EXTRA, null)
  const extra = computed<Extra>(() => ({ ...around?.value, ...own?.() }))
  return {
    context,
    extra,
    say: (template) => context.say(template, extra.value),
    holds: (source) => context.holds(source, extra.value),
    fill: (template) => context.fill(template, extra.value),
    tap: (actions, more) => touch(context, actions, { ...extra.value, ...more }),
  }
}

/** Give the blocks inside this one more names. */
export function provideExtra(extra: ComputedRef<Extra>): void {
  provide(EXTRA, extra)
}

/** Make an input known to its page, so that a submit checks it. */
export function useInput(bind: string, check: () => string | null, focus: () => void): void {
  const context = useContext()
  const self = getCurrentInstance()
  const input: Input = { bind, check, focus }
  onMounted(() => {
    input.at = self?.subTree.el as Node | undefined
    context.inputs.add(input)
  })
  onBeforeUnmount(() => context.inputs.delete(input))
}
