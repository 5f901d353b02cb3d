# A LangGraph graph of two nodes, plan and code, whose model is the gateway.
# pip install langgraph langchain-openai; ATTACH_TOKEN=$(attach-gateway token) python langgraph_client.py
import os
from typing import TypedDict

from langchain_openai import ChatOpenAI
from langgraph.graph import END, START, StateGraph
from openai import OpenAI

GATEWAY = os.environ.get("ATTACH_URL", "http://127.0.0.1:8080").rstrip("/") + "/v1"
token = os.environ["ATTACH_TOKEN"]
model = os.environ.get("MODEL") or OpenAI(base_url=GATEWAY, api_key=token).models.list().data[0].id
llm = ChatOpenAI(base_url=GATEWAY, api_key=token, model=model)


class Work(TypedDict, total=False):
    request: str
    plan: str
    code: str


def plan(work: Work) -> Work:
    return {"plan": llm.invoke(f"Plan in short steps: {work['request']}").text}


def code(work: Work) -> Work:
    return {"code": llm.invoke(f"Write the code for this plan:\n{work['plan']}").text}


graph = StateGraph(Work)
graph.add_node("planner", plan)
graph.add_node("coder", code)
graph.add_edge(START, "planner")
graph.add_edge("planner", "coder")
graph.add_edge("coder", END)

done = graph.compile().invoke({"request": "Write Python to sort a list"})
print(done["plan"], done["code"], sep="\n\n")
