"""Surnames whose reading differs from the character's usual one, or that have two characters."""

# Pinyin with tone numbers, one syllable a character, after 现代汉语词典 and 中国姓氏辞典.
SURNAME_READINGS: dict[str, tuple[str, ...]] = {
    surname: tuple(reading.split())
    for surname, reading in {
        "单": "shan4", "仇": "qiu2", "解": "xie4", "区": "ou1", "曾": "zeng1", "查": "zha1", "盖": "ge3", "华": "hua4",
        "任": "ren2", "朴": "piao2", "乐": "yue4", "员": "yun4", "冼": "xian3", "洗": "xian3", "缪": "miao4", "谌": "chen2",
        "翟": "zhai2", "种": "chong2", "秘": "bi4", "繁": "po2", "覃": "qin2", "逄": "pang2", "宓": "mi4", "折": "she2",
        "黑": "he4", "牟": "mu4", "卜": "bu3", "佴": "nai4", "召": "shao4", "祭": "zhai4", "车": "che1", "都": "du1",
        "能": "nai4", "隗": "wei3", "瞿": "qu2", "莘": "shen1", "葛": "ge3", "宁": "ning2", "甯": "ning4", "哈": "ha3",
        "沈": "shen3", "盛": "sheng4", "阚": "kan4", "柏": "bai3", "应": "ying1", "相": "xiang4", "过": "guo1", "訾": "zi1",
        "钭": "tou3", "於": "yu1", "么": "yao1", "纪": "ji3", "尉": "wei4", "臧": "zang1", "宿": "su4", "燕": "yan1",
        "石": "shi2", "重": "chong2", "行": "xing2", "令": "ling2", "那": "na1", "曲": "qu1", "卓": "zhuo2", "长": "chang2",
        "尹": "yin3", "殷": "yin1", "要": "yao1", "观": "guan4", "炅": "gui4", "炔": "gui4", "撒": "sa3", "晁": "chao2",
        "郇": "xun2", "郗": "chi1", "郄": "qie4", "郜": "gao4", "仝": "tong2", "乜": "nie4", "亓": "qi2", "厍": "she4",
        "俞": "yu2", "句": "gou1", "彊": "jiang4", "洛": "luo4", "眭": "sui1", "笮": "ze2", "芮": "rui4", "麴": "qu1",
        "褚": "chu3", "夏侯": "xia4 hou2", "诸葛": "zhu1 ge3", "尉迟": "yu4 chi2", "万俟": "mo4 qi2", "长孙": "zhang3 sun1",
        "令狐": "ling2 hu2", "鲜于": "xian1 yu2", "澹台": "tan2 tai2", "单于": "chan2 yu2", "皇甫": "huang2 fu3",
        "欧阳": "ou1 yang2", "上官": "shang4 guan1", "司马": "si1 ma3", "东方": "dong1 fang1", "独孤": "du2 gu1",
        "慕容": "mu4 rong2", "司徒": "si1 tu2", "司空": "si1 kong1", "公孙": "gong1 sun1", "轩辕": "xuan1 yuan2",
        "宇文": "yu3 wen2", "呼延": "hu1 yan2", "端木": "duan1 mu4", "申屠": "shen1 tu2", "太史": "tai4 shi3",
        "钟离": "zhong1 li2", "濮阳": "pu2 yang2", "淳于": "chun2 yu2", "闻人": "wen2 ren2", "赫连": "he4 lian2",
        "公冶": "gong1 ye3", "宗政": "zong1 zheng4", "公羊": "gong1 yang2", "拓跋": "tuo4 ba2", "南宫": "nan2 gong1",
        "西门": "xi1 men2", "百里": "bai3 li3", "第五": "di4 wu3", "梁丘": "liang2 qiu1", "左丘": "zuo3 qiu1",
    }.items()
}  # fmt: skip
