"""Real client programs: what people use against a gateway."""

from fetch import apt, npm, pip, thing


@thing("OpenAI Python SDK (PyPI openai)")
def openai_sdk():
    return pip("openai==3.57.0")


@thing("requests (PyPI)")
def requests():
    return pip("requests==2.34.2")


@thing("Flask (PyPI flask)")
def flask():
    return pip("flask==3.1.3", "requests==2.34.2")


@thing("LangGraph (PyPI langgraph, langchain-openai)")
def langgraph():
    return pip("openai==3.57.0", "langgraph==1.2.24", "langchain-openai==1.7.4")


@thing("Chromium (Debian)")
def chromium():
    return apt("chromium", "chromium", "fonts-liberation")


@thing("Playwright (npm playwright-core)")
def playwright():
    return npm()


@thing("did-jwt, @atproto/xrpc-server, dids, ethers, viem (npm)")
def npm_signers():
    return npm()


@thing("eth-account, joserfc (PyPI)")
def pypi_signers():
    return pip("eth-account==0.14.0", "joserfc==1.8.0", "base58==2.1.1")
