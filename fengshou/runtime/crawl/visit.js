/* Opens pages one after another by the client's own history, as a phone's back and forward do, and looks at each. */
globalThis.crawlVisit = async (stops, wishes) => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 2))
  const told = []
  const words = () => {
    const app = document.getElementById('app')
    const said = [app.textContent]
    for (const one of app.querySelectorAll('[aria-label],[placeholder],[alt],[title]')) for (const name of ['aria-label', 'placeholder', 'alt', 'title']) said.push(one.getAttribute(name) ?? '')
    return said.join('\n')
  }
  const ready = (page, title) => document.querySelector('[data-page]')?.dataset.page === page && !document.querySelector('#app [aria-busy=true],#app .sk') && [...document.querySelectorAll('#app h1')].some((one) => one.textContent.includes(title))
  for (const { page, title, texts, axe: judged } of stops) {
    const say = (what, detail) => told.push({ page, what, detail: String(detail).slice(0, 300) })
    history.replaceState({ id: 0 }, '', `/app/${page}`)
    dispatchEvent(new PopStateEvent('popstate', { state: { id: 0 } }))
    const last = performance.now() + wishes.patience
    while (!ready(page, title) && performance.now() < last) await pause()
    if (!ready(page, title)) { say('not opened', document.getElementById('app').textContent.slice(0, 200)); continue }
    // Kinds that are drawn by code loaded when first needed come a moment later.
    const missing = () => { const shown = words(); return texts.filter((text) => !shown.includes(text)) }
    while (missing().length && performance.now() < last) await pause()
    for (const text of missing()) say('text missing', text)
    const shown = words()
    const odd = /\bundefined\b|\bNaN\b|\[object |\{\{/.exec(shown)
    if (odd) say('not filled', shown.slice(Math.max(0, odd.index - 40), odd.index + 40))
    // Amounts in capitals are Chinese in every language, as on a cheque; a language is named in itself.
    const foreign = wishes.english && /[\u4e00-\u9fff]+/.exec(shown.replace(/[零壹贰叁肆伍陆柒捌玖拾佰仟万亿元角分整]{2,}|中文/g, ''))
    if (foreign) say('not English', shown.slice(Math.max(0, foreign.index - 40), foreign.index + 40))
    if (document.documentElement.scrollWidth > innerWidth) say('too wide', document.documentElement.scrollWidth)
    if (!judged) continue
    // A page that is still coming in is pale.
    for (const one of document.getAnimations()) if (one.effect.getComputedTiming().iterations !== Infinity) one.finish()
    const found = await axe.run(document.getElementById('app'), { resultTypes: ['violations'], elementRef: false, ancestry: false })
    for (const one of found.violations) if (one.impact === 'serious' || one.impact === 'critical') say(`axe ${one.id}`, `${one.nodes[0].html} ${one.nodes[0].failureSummary.replaceAll('\n', ' ')}`)
  }
  return told
}
void 0
