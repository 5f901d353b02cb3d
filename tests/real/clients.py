"""Real client programs: what people use against a gateway."""

from fetch import apt, cargo, npm, pip, thing


@thing("OpenAI Python SDK (PyPI openai)")
def openai_sdk():
    return pip("openai==3.57.0")


@thing("Ollama Python client (PyPI ollama)")
def openai_and_ollama():
    return pip("openai==3.57.0", "ollama==0.6.3")


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


@thing("Playwright and axe (npm playwright-core, axe-core)")
def playwright():
    return npm()


@thing("did-jwt, @atproto/xrpc-server, dids, ethers, viem (npm)")
def npm_signers():
    return npm()


@thing("eth-account, joserfc (PyPI)")
def pypi_signers():
    return pip("eth-account==0.14.0", "joserfc==1.8.0", "base58==2.1.1")


@thing("A2A Python SDK 1.3.0 (PyPI a2a-sdk)")
def a2a_sdk():
    return pip("a2a-sdk[grpc,signing]==1.3.0", apart="a2a")


@thing("A2A Python SDK 0.3.26 (PyPI a2a-sdk)")
def a2a_sdk_of_0_3():
    return pip("a2a-sdk==0.3.26", apart="a2a-0.3")


@thing("A2A JavaScript SDK 1.3.0 (npm @a2a-js/sdk)")
def a2a_js():
    return npm()


@thing("A2A command line 0.4.5 (crates.io a2a-cli)", ahead=True)
def a2acli():
    return cargo("a2a-cli", "0.4.5", "a2acli")
