/* The home page as somebody would write it by hand in Vue: no blocks, no expressions, no page definition; the same words,
   the same style sheet, the same two questions to the bank. `bench home` sets the app's page beside it. */
import { createApp, h, reactive } from '/hand/vue.js'

const $ = (name, size = '') => h('svg', { class: ['i', size && `i-${size}`], 'aria-hidden': 'true' }, [h('use', { href: `#i-${name}` })])
const money = (fen) => {
  const [whole, rest] = (fen / 100).toFixed(2).split('.')
  return [whole.replace(/\B(?=(\d{3})+$)/g, ','), `.${rest}`]
}
const state = reactive({ me: null, home: null, hidden: false })
const soon = () => window.alert('Soon')
const ask = async (op) => (await fetch(`/api/app/${op}`, { method: 'POST', headers: { 'content-type': 'application/json', 'x-fs-client': 'app/hand' }, body: '{}' })).json()

const Amount = { props: ['fen', 'big'], setup: (props) => () => {
  const [whole, rest] = money(props.fen)
  return state.hidden ? h('span', { class: 'n' }, '****') : h('span', { class: 'n' }, props.big ? [whole, h('small', rest)] : whole + rest)
} }
const Grid = { props: ['items', 'plain'], setup: (props) => () => h('nav', { class: ['grid4', props.plain ? 'gplain' : 'gcard card'] },
  props.items.map(([icon, tone, text]) => h('button', { type: 'button', onClick: soon }, [h('span', { class: ['tile', tone] }, [$(icon)]), h('span', text)]))) }
const Hero = { setup: () => () => h('section', { class: 'hero', 'aria-label': '总资产（元）' }, [
  h('div', { class: 'row sp' }, [
    h('button', { type: 'button', class: 'eye bs c2', onClick: () => { state.hidden = !state.hidden } }, [h('span', '总资产（元）'), $(state.hidden ? 'eyeoff' : 'eye', 's')]),
    h('button', { type: 'button', class: 'more foot c2', onClick: soon }, ['收支明细', $('next', 'xs')]),
  ]),
  h('div', { class: 'mx' }, [h(Amount, { fen: state.home.total_fen, big: true })]),
  h('div', { class: 'figures' }, [['本月收入', 'in_fen'], ['本月支出', 'out_fen']].map(([label, name]) =>
    h('div', [h('div', { class: 'cap c2' }, label), h('div', { class: 'b' }, [h(Amount, { fen: state.home[name] })])]))),
]) }
const Accounts = { setup: () => () => h('section', { class: 'card list', 'aria-label': '账户' }, state.home.accounts.map((one) =>
  h('button', { type: 'button', class: 'cell ico', onClick: soon }, [
    h('span', { class: 'tile' }, [$('card')]),
    h('span', { class: 'f1 col body' }, [h('span', { class: 'row sp head' }, [h('span', one.bank_name.zh)]), h('span', { class: 'foot c3' }, `**** ${one.number.slice(-4)}`)]),
    h('b', { class: 'n' }, [h(Amount, { fen: one.available_fen })]), $('next', 's'),
  ]))) }
const FIRST = [['scan', '', '扫一扫'], ['paycode', '', '付款码'], ['transfer', '', '转账'], ['bills', 'grain', '缴费']]
const MORE = [['sscard', 'info', '社保卡'], ['medins', 'info', '医保码'], ['hospital', 'gift', '挂号'], ['etc', 'grain', '高速'],
  ['bus', 'grain', '公交'], ['school', 'lotus', '校园'], ['gov', 'soil', '政务'], ['more', 'neutral', '全部']]
const Product = { setup: () => () => h('button', { type: 'button', class: 'card row prod', onClick: soon }, [
  h('span', { class: 'tc' }, [h('span', { class: 'mm cg' }, '1.75%'), h('span', { class: 'cap c3' }, '年利率')]),
  h('span', { class: 'f1 words' }, [h('b', '孝心存·两年'), h('span', { class: 'foot c3' }, '利息按月到账，急用可取')]), $('next', 's'),
]) }
const Home = { setup: () => () => h('div', { class: 'view' }, [h('main', { class: 'col f1' }, state.home ? [h('div', { class: 'blocks root' }, [
  h('header', { class: 'greet' }, [h('div', { class: 'col f1' }, [h('span', { class: 'foot c3' }, '今天霜降'), h('h1', { class: 'tt', tabindex: -1 }, '早上好')]), h('button', { type: 'button', class: 'ib', 'aria-label': '消息', onClick: soon }, [$('bell')])]),
  h(Hero), h(Grid, { items: FIRST }), h(Accounts), h(Grid, { items: MORE, plain: true }), h(Product),
])] : []), h('nav', { class: 'tabbar' }, [['home', '首页'], ['me', '我的']].map(([icon, text]) => h('button', { type: 'button', onClick: soon }, [$(icon), text])))]) }

const sprite = document.createElement('div')
sprite.hidden = true
Promise.all([ask('session.me'), ask('crawl.home'), fetch('/hand/icons.svg').then((one) => one.text())]).then(([me, home, icons]) => {
  sprite.innerHTML = icons
  document.body.prepend(sprite)
  Object.assign(state, { me, home })
})
createApp(Home).mount('#app')
