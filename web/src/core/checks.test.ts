import { describe, expect, it } from 'vitest'
import { cleanLine, fullAmount, isAccount, isIdNumber, shownAmount, shownLine, typedAmount, wrongLine } from './checks'

describe('what is typed', () => {
  it('identity numbers hold their check sign', () => {
    expect(isIdNumber('11010519491231002X')).toBe(true)
    expect(isIdNumber('110105194912310021')).toBe(false)
    expect(isIdNumber('11010519491231002')).toBe(false)
  })

  it('our account numbers hold the Luhn digit, others only their length', () => {
    expect(isAccount('6290109000000045670')).toBe(false)
    const ours = Array.from('0123456789', (last) => `629010900000004567${last}`).filter(isAccount)
    expect(ours).toHaveLength(1)
    expect(isAccount('6228480012343107')).toBe(true)
    expect(isAccount('62284800')).toBe(false)
  })

  it('says which word fits what is wrong', () => {
    expect(wrongLine('phone', '12000000000')).toBe('phoneBad')
    expect(wrongLine('phone', '13800138000')).toBeNull()
    expect(wrongLine('email', 'a@b')).toBe('emailBad')
  })

  it('amounts take digits, one point and two decimals', () => {
    const type = (keys: string): string => Array.from(keys).reduce((text, key) => typedAmount(text, text + key), '')
    expect(type('1200')).toBe('1200')
    expect(type('0012.345')).toBe('12.34')
    expect(type('.5')).toBe('0.5')
    expect(type('1..2')).toBe('1.2')
    expect(type('12345678901')).toBe('123456789')
    expect(typedAmount('12', '-12')).toBe('12')
    expect(typedAmount('12', '1e9')).toBe('12')
    expect(shownAmount('1234567.5')).toBe('1,234,567.5')
    expect(fullAmount('1200.5')).toBe('1200.50')
    expect(fullAmount('')).toBe('')
  })

  it('numbers are kept without the spaces they are read by', () => {
    expect(cleanLine('account', '6228 4800 1234')).toBe('622848001234')
    expect(cleanLine('id_number', '110105 19491231 002x')).toBe('11010519491231002X')
    expect(shownLine('phone', '13800138000')).toBe('138 0013 8000')
  })
})
