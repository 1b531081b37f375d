"""Filling in over HTTP (在线填报): forms and what is due, sheets with their acts, files in and out."""

from fastapi import APIRouter

from cityops.api.routes.filling import filled, forms, uploaded

router = APIRouter(prefix="/filling", tags=["filling"])
router.include_router(forms.router)
router.include_router(uploaded.router)
router.include_router(filled.router)
