/** Which part of the screen is which block, the frame round the chosen one, and choosing by touch. */
import { toRaw, type ComponentInternalInstance } from 'vue'
import { marks } from '../core/marks'
import { router } from '../core/router'
import { tellDesigner } from './wire'

const seen = new Map<object, Set<ComponentInternalInstance>>()

export function watchBlocks(): void {
  marks.see = (block, instance) => {
    const raw = toRaw(block)
    const own = seen.get(raw) ?? new Set()
    seen.set(raw, own.add(instance))
  }
}

/** Every block of the open page with its place. */
function* places(): Generator<{ block: object; at: string }> {
  const page = router.context?.page
  if (!page) return
  yield* walk(page.blocks, 'blocks')
  yield* walk(page.foot ?? [], 'foot')
  for (const [name, sheet] of Object.entries(page.sheets ?? {})) {
    yield* walk(sheet.blocks, `sheets.${name}.blocks`)
    yield* walk(sheet.foot ?? [], `sheets.${name}.foot`)
  }
}

function* walk(list: readonly object[], head: string): Generator<{ block: object; at: string }> {
  for (const [at, block] of list.entries()) {
    yield { block, at: `${head}[${at}]` }
    const { kids } = block as { kids?: object[] }
    if (kids) yield* walk(kids, `${head}[${at}].kids`)
  }
}

function elements(block: object): Element[] {
  const found: Element[] = []
  for (const instance of seen.get(toRaw(block)) ?? []) {
    if (instance.isUnmounted) continue
    const { el, anchor } = instance.subTree
    for (let node = el as Node | null; node; node = node.nextSibling) {
      if (node instanceof Element) found.push(node)
      if (node === anchor || (!anchor && node === el)) break
    }
  }
  return found
}

/** The innermost block that holds `target`. */
export function placeOf(target: Node | null): string {
  let found = ''
  for (const { block, at } of places()) if (elements(block).some((one) => one.contains(target))) found = at
  return found
}

function rectOf(at: string): DOMRect | null {
  for (const place of places()) {
    if (place.at !== at) continue
    const rects = elements(place.block).map((one) => one.getBoundingClientRect()).filter((rect) => rect.width && rect.height)
    if (!rects.length) return null
    const [left, top] = [Math.min(...rects.map((rect) => rect.left)), Math.min(...rects.map((rect) => rect.top))]
    return new DOMRect(left, top, Math.max(...rects.map((rect) => rect.right)) - left, Math.max(...rects.map((rect) => rect.bottom)) - top)
  }
  return null
}

const frame = document.createElement('div')
const shown = { at: '', label: '' }
export const mode = { choose: true }

export function choose(at: string, label: string): void {
  const moved = at !== shown.at
  Object.assign(shown, { at, label })
  if (frame.matches(':popover-open')) frame.hidePopover()
  draw()
  const rect = moved ? rectOf(at) : null
  if (rect && (rect.top < 60 || rect.bottom > innerHeight - 70)) scrollBy({ top: rect.top - 140 })
}

function draw(): void {
  const rect = mode.choose && shown.at ? rectOf(shown.at) : null
  if (!rect) {
    if (frame.matches(':popover-open')) frame.hidePopover()
    return
  }
  if (!frame.matches(':popover-open')) frame.showPopover()
  Object.assign(frame.style, { left: `${rect.left - 4}px`, top: `${rect.top - 4}px`, width: `${rect.width + 8}px`, height: `${rect.height + 8}px` })
  frame.dataset['label'] = shown.label
  frame.classList.toggle('high', rect.top < 28)
}

function drop(event: DragEvent): void {
  const kind = event.dataTransfer?.getData('application/x-fs-kind')
  if (!kind) return
  event.preventDefault()
  const at = placeOf(event.target as Node)
  const rect = rectOf(at)
  tellDesigner({ type: 'fs-dropped', at, after: rect ? event.clientY > rect.top + rect.height / 2 : true, kind })
}

/** Lay the frame over the app and let touches choose. */
export function layFrame(): void {
  frame.className = 'pvframe'
  frame.popover = 'manual'
  frame.setAttribute('aria-hidden', 'true')
  document.body.append(frame)
  const look = (): void => void requestAnimationFrame(draw)
  for (const kind of ['scroll', 'resize'] as const) addEventListener(kind, look, { capture: true, passive: true })
  new MutationObserver(look).observe(document.getElementById('app') as HTMLElement, { childList: true, subtree: true, attributes: true, characterData: true })
  for (const kind of ['click', 'pointerdown', 'touchstart', 'mousedown', 'submit'] as const) {
    document.addEventListener(
      kind,
      (event) => {
        if (!mode.choose) return
        event.stopPropagation()
        if (kind !== 'touchstart') event.preventDefault()
        if (kind === 'click') tellDesigner({ type: 'fs-picked', at: placeOf(event.target as Node) })
      },
      { capture: true, passive: false },
    )
  }
  document.addEventListener('dragover', (event) => {
    if (!event.dataTransfer?.types.includes('application/x-fs-kind')) return
    event.preventDefault()
    const at = placeOf(event.target as Node)
    if (at && at !== shown.at) choose(at, '放在这里')
  })
  document.addEventListener('drop', drop)
}
