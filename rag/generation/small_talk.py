"""Answers to small talk: a friendly line that says what can be asked. No search, no citations."""

_ASK = "Ask, for example, “which papers speed up dLLM decoding?”, “what came out in October 2025?” or “compare LayerSkip and SWIFT”."
_TEXTS = {
    "thanks": "You're welcome. Ask on whenever you like.",
    "greeting": "Hello! I answer questions about the {held:,} paper abstracts in this collection. {ask}",
    "bye": "Goodbye, and come back any time.",
    "help": (
        "You can ask about the {held:,} paper abstracts in this collection:\n\n"
        "- a topic: “papers on KV cache compression, but not quantization”\n"
        "- a system or an idea: “what does LayerSkip do?”, “what is speculative decoding?”\n"
        "- a date, an organisation or a number of authors: “what came out in May 2025?”, “papers by NVIDIA”\n"
        "- a comparison or a figure: “compare LayerSkip and SWIFT”, “how many tokens per second does it reach?”\n"
        "- the collection itself: “how many papers mention LoRA?”, “which topics are there?”, “which release code?”\n"
        "- what was just answered: “the second one?”, “which of these need no training?”, “shorter”, “as a table”\n\n"
        "Every claim cites its paper, with the sentence that it is taken from."
    ),
    "identity": (
        "I am Paperchat, a program that answers questions from the abstracts of {held:,} papers, and from nothing else. {writer} "
        "Each claim cites the paper that it was taken from, and the quotes were checked against the abstracts."
    ),
    "languages": (
        "I answer in English, from English abstracts. Questions are best asked in English, too; simple ones I can often read in German, "
        "French, Spanish, Portuguese, Italian, Russian, Chinese or Japanese."
    ),
    "feedback": "Thank you for saying so. Where an answer was not what you wanted, say it in other words, or name the topic. {ask}",
    "dismissed": "All right. Ask on whenever you like.",
    "outside": (
        "That is outside my job: I only answer questions about the {held:,} paper abstracts in this collection, by citing them. {ask}"
    ),
}
_WRITERS = {
    True: "A language model writes from what is found.",
    False: "No language model is set, so I quote the abstracts' own sentences.",
}

UNREADABLE = {
    "ar": "من فضلك اطرح سؤالك بالإنجليزية: الملخصات هنا بالإنجليزية ولا يوجد نموذج لغوي يترجم.",
    "bn": "অনুগ্রহ করে ইংরেজিতে প্রশ্ন করুন: এখানকার সারাংশগুলি ইংরেজিতে।",
    "de": "Bitte fragen Sie auf Englisch: Die Zusammenfassungen hier sind englisch, und kein Sprachmodell ist eingestellt.",
    "es": "Por favor, pregunte en inglés: los resúmenes están en inglés y no hay ningún modelo de lenguaje configurado.",
    "fr": "Veuillez poser la question en anglais : les résumés sont en anglais et aucun modèle de langue n'est configuré.",
    "hi": "कृपया अंग्रेज़ी में पूछें: यहाँ के सारांश अंग्रेज़ी में हैं और कोई भाषा मॉडल सेट नहीं है।",
    "it": "Per favore, fai la domanda in inglese: gli abstract sono in inglese e non è impostato alcun modello linguistico.",
    "ja": "英語で質問してください。要旨は英語で、言語モデルは設定されていません。",
    "ko": "영어로 질문해 주세요. 초록은 영어이며 언어 모델이 설정되어 있지 않습니다.",
    "nl": "Stel de vraag in het Engels: de samenvattingen zijn Engels en er is geen taalmodel ingesteld.",
    "pl": "Proszę zapytać po angielsku: streszczenia są po angielsku, a model językowy nie jest ustawiony.",
    "pt": "Por favor, pergunte em inglês: os resumos estão em inglês e nenhum modelo de linguagem está configurado.",
    "ru": "Пожалуйста, спросите по-английски: аннотации на английском, а языковая модель не задана.",
    "sv": "Fråga gärna på engelska: sammanfattningarna är på engelska och ingen språkmodell är inställd.",
    "tr": "Lütfen İngilizce sorun: özetler İngilizce ve bir dil modeli ayarlanmamış.",
    "zh": "请用英文提问：这里的摘要是英文的，而且没有设置语言模型。",
}
"""In each language: please ask in English, since the abstracts are English and no model is set."""


def small_talk(about: str, held: int, by_model: bool) -> str:
    """The line for a kind of small talk; `held` papers are in the collection."""
    return _TEXTS.get(about, _TEXTS["help"]).format(held=held, ask=_ASK, writer=_WRITERS[by_model])


def unreadable(language: str) -> str:
    """What is said of a question in a language that could not be read."""
    english = "I could not read the question: please ask in English. The abstracts are in English, and no language model is set."
    own = UNREADABLE.get(language)
    return f"{own}\n\n{english}" if own else english
