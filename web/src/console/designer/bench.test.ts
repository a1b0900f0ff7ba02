import { describe, expect, it } from 'vitest'
import { begin, change, redo, undo } from './history'
import { bare, marked, overrideOf } from './layer'
import { flat, zones } from './outline'
import { at, insert, move, parsed, put, remove, written } from './place'
import { Book, fields } from './schema'
import type { Registry, Schema, Source } from './types'
import { wire } from './wire'

const page: Source = {
  id: 'tea',
  title: { zh: '茶', en: 'Tea' },
  blocks: [
    { t: 'text', text: { zh: '一', en: 'One' } },
    { t: 'group', kids: [{ t: 'text', text: { zh: '里', en: 'In' } }] },
    { t: 'grid', label: { zh: '格', en: 'Grid' }, items: [] },
  ],
}

describe('places', () => {
  it('are read and written', () => {
    expect(parsed('variants.elder.blocks[2].items[0].text.zh')).toEqual(['variants', 'elder', 'blocks', 2, 'items', 0, 'text', 'zh'])
    expect(written(parsed('blocks[1].kids[0]'))).toBe('blocks[1].kids[0]')
    expect(at(page, parsed('blocks[1].kids[0].text.zh'))).toBe('里')
    expect(at(page, parsed('blocks[1].constructor'))).toBeUndefined()
  })

  it('change a copy, never the source', () => {
    const before = JSON.stringify(page)
    const next = put(page, ['blocks', 0, 'text', 'zh'], '二')
    expect(at(next, ['blocks', 0, 'text', 'zh'])).toBe('二')
    expect(next['title']).toBe(page['title'])
    expect(at(remove(page, ['blocks', 0]), ['blocks', 0, 't'])).toBe('group')
    expect(at(insert(page, ['foot'], 9, { t: 'text' }), ['foot', 0, 't'])).toBe('text')
    expect(JSON.stringify(page)).toBe(before)
  })
})

describe('moving', () => {
  const kinds = (source: Source): unknown => (source['blocks'] as Source[]).map((one) => one['t'])

  it('keeps the order asked for', () => {
    const down = move(page, ['blocks', 0], ['blocks'], 3)
    expect(kinds(down?.source ?? {})).toEqual(['group', 'grid', 'text'])
    expect(down?.place).toEqual(['blocks', 2])
    const up = move(page, ['blocks', 2], ['blocks'], 0)
    expect(kinds(up?.source ?? {})).toEqual(['grid', 'text', 'group'])
  })

  it('goes into a group that comes after it in the same list', () => {
    const into = move(page, ['blocks', 0], ['blocks', 1, 'kids'], 0)
    expect(into?.place).toEqual(['blocks', 0, 'kids', 0])
    expect(at(into?.source, ['blocks', 0, 'kids', 0, 'text', 'zh'])).toBe('一')
  })

  it('never goes into itself', () => {
    expect(move(page, ['blocks', 1], ['blocks', 1, 'kids'], 0)).toBeNull()
  })
})

describe('history', () => {
  it('joins typing in one place and goes both ways', () => {
    let history = begin('a')
    history = change(history, 'ab', 'title')
    history = change(history, 'abc', 'title')
    history = change(history, 'abcd', 'text')
    expect(undo(history).now).toBe('abc')
    expect(undo(undo(history)).now).toBe('a')
    expect(redo(undo(history)).now).toBe('abcd')
    expect(change(undo(history), 'x').future).toEqual([])
  })
})

const text: Schema = { anyOf: [{ $ref: '#/$defs/Bilingual' }, { type: 'string' }], title: 'Text' }
const grid: Schema = {
  required: ['t', 'label'],
  properties: {
    t: { const: 'grid' }, min: { type: 'integer', default: 1 }, label: text, columns: { enum: [2, 3, 4], default: 4 },
    show: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
    items: { type: 'array', default: [], items: { $ref: '#/$defs/Tile' } },
  },
}
const tile: Schema = { required: ['icon', 'text'], properties: { icon: { type: 'string' }, text, tone: { type: 'string', default: 'brand' } } }
const entry = (name: string, schema: Schema): Registry['blocks'][number] => ({ name, schema, surface: 'mobile', group: 'show', icon: 'doc', title: { zh: name, en: name }, about: { zh: '', en: '' }, min: 1, example: {} })
const book = new Book({ protocol: 1, kit: 2, blocks: [entry('grid', grid)], actions: [], defs: { Tile: tile }, functions: [], scope: [], icons: [], tones: [], themes: [] })

describe('the form of a block', () => {
  it('is drawn from its schema', () => {
    expect(fields(grid).map((one) => [one.name, one.widget, one.tab])).toEqual([
      ['min', 'number', 'display'], ['label', 'text', 'content'], ['columns', 'choice', 'display'], ['show', 'expr', 'display'], ['items', 'parts', 'content'],
    ])
    expect(book.blank(tile)).toEqual({ icon: 'doc', text: { zh: '', en: '' } })
  })

  it('is sent to the phone with its defaults, in one language', () => {
    const source: Source = { id: 'a', title: { zh: '甲', en: 'A' }, blocks: [{ t: 'grid', label: { zh: '格', en: 'Grid' }, items: [{ icon: 'doc', text: 'x' }] }] }
    const sent = wire(book, source, { locale: 'en', elder: false })
    expect(sent['blocks']).toEqual([{ t: 'grid', min: 1, columns: 4, label: 'Grid', items: [{ icon: 'doc', text: 'x', tone: 'brand' }] }])
    expect(sent['title']).toBe('A')
  })

  it('lays the elders’ arrangement over the page', () => {
    const source: Source = { ...page, variants: { elder: { blocks: [{ t: 'text', text: { zh: '大', en: 'Big' } }] } } }
    expect((wire(book, source, { locale: 'zh-CN', elder: true })['blocks'] as Source[]).map((one) => one['text'])).toEqual(['大'])
    expect(zones(source, true)[0]?.list).toEqual(['variants', 'elder', 'blocks'])
    expect(flat(zones(source, false)[0]?.branches ?? []).map((one) => one.label)).toEqual(['一', '', '里', '格'])
  })
})

describe('a bank’s layer', () => {
  it('keeps only the blocks that differ, and gives the same page back', () => {
    const below = marked(page)
    let now = put(below, ['blocks', 0, 'text', 'zh'], '壹')
    now = remove(now, ['blocks', 2])
    now = insert(now, ['blocks'], 1, { t: 'notice', text: { zh: '新', en: 'New' } })
    const override = overrideOf.cut(below, now, 'tea')
    expect((override['blocks'] as Source[]).map((one) => [one['do'], one['at']])).toEqual([['replace', 'blocks[0]'], ['hide', 'blocks[2]'], ['after', 'blocks[0]']])
    expect(bare(overrideOf.laid(below, override))).toEqual(bare(now))
    expect(JSON.stringify(override)).not.toContain('$at')
  })
})
