"""Names of people who do not exist: surnames as frequent as in the province, given names as their decade gave them."""

from __future__ import annotations

from random import Random

# Per mille of the province's people, rounded; what is left over goes to the first.
_SURNAMES = """
陈 88 王 68 张 57 徐 38 林 37 李 36 周 34 吴 31 黄 30 叶 28 郑 26 朱 26 金 24 潘 20
杨 19 沈 19 胡 19 赵 17 刘 17 何 16 俞 15 方 13 戴 12 蒋 12 许 12 余 11 谢 11 应 11
蔡 10 陆 10 章 10 孙 10 毛 9 钱 9 罗 8 吕 8 邵 8 汪 8 姚 8 夏 8 董 8 施 7
楼 7 马 7 高 7 程 7 傅 6 卢 6 倪 6 梁 6 范 6 翁 6 虞 5 韩 5 冯 5 杜 5
曹 5 丁 9 宋 5 唐 5 童 5 项 5 季 4 任 4 竺 3 裘 3 郭 4 梅 3 钟 4 雷 3
蓝 4 褚 2 鲍 3 石 3 包 3 柳 2 诸葛 1 欧阳 1
"""
SURNAMES, WEIGHTS = _SURNAMES.split()[::2], [int(weight) for weight in _SURNAMES.split()[1::2]]

# By the decades of birth: before 1960, to 1979, to 1994, later.
_MEN = (
    "阿根 金木 水根 土生 国强 建国 志良 德明 福根 银宝 贤林 永康 仁法 长根 关荣 杏林 宝山 炳生 根法 荣泉 孟成 月海",
    "建军 卫东 国平 志强 伟明 海平 利民 文华 永明 小军 学军 红兵 林海 建华 志刚 立新 爱国 春生 荣华 宏伟 军民 海明",
    "伟 杰 磊 超 凯 斌 波 鹏 浩 峰 俊杰 晓东 佳伟 海波 志豪 文杰 立峰 旭东 建锋 晨 挺 栋 剑 锋 彬彬 宁波 云飞",
    "子豪 宇轩 浩然 俊熙 一鸣 天佑 泽宇 梓轩 睿 航 逸飞 嘉诚 承宇 禹辰 家乐 铭泽 昊天 书恒 景行 乐天 知远",
)
_WOMEN = (
    "阿彩 桂花 秀英 金凤 阿娟 月仙 彩娥 玉兰 银花 菊香 小妹 凤仙 春梅 荷花 杏娟 水仙 招娣 爱珠 梅芳 云仙 素珍 月琴",
    "丽华 建芳 红梅 秀芳 美娟 玉萍 爱萍 春燕 小红 丽萍 海燕 亚芬 慧珍 国英 雪芬 利芳 林英 彩霞 燕飞 素芳 志芳 群英",
    "婷婷 丽娜 晓燕 佳佳 敏 静 燕 娜 倩 莉莉 雅琴 巧玲 露露 雯雯 晶晶 思思 洁 媛媛 冰冰 小禾 海英 琳 璐璐 丹丹",
    "梓涵 欣怡 雨桐 诗涵 思琪 可馨 语嫣 紫萱 佳怡 一诺 心悦 若曦 晨曦 舒雅 依依 安然 乐瑶 清禾 子衿 知夏 沐晴",
)
_DECADES = (1960, 1980, 1995)


def person_name(chance: Random, born_year: int, gender: str) -> str:
    """A name somebody of that year might have."""
    decade = sum(born_year >= year for year in _DECADES)
    given = (_MEN if gender == "male" else _WOMEN)[decade].split()
    return chance.choices(SURNAMES, WEIGHTS)[0] + chance.choice(given)


_SHOPS = """
禾佳超市 阿福菜场 丰裕生鲜 城东便利店 老街面馆 一品包子铺 德兴粮油 暖心药房 四季水果店
新农资店 晨光文具 小满茶舍 阿婆豆腐坊 河埠头鱼行 福满楼 巷口理发店 大众修车 云朵洗衣
桥头百货 向阳五金 永和早点 春风花店 禾下书屋 三味小炒
"""
SHOPS = tuple(_SHOPS.split())
_EMPLOYERS = """
云帆纺织有限公司 东篱食品有限公司 长桥机械有限公司 山海竹业有限公司 百川物流有限公司
星河电子有限公司 晓风服饰有限公司 实验小学 中心卫生院 万禾农业有限公司
"""
EMPLOYERS = tuple(_EMPLOYERS.split())
UTILITIES = ("供电公司", "自来水公司", "燃气公司", "广电网络")
