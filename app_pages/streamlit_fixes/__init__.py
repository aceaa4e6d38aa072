"""What is done to Streamlit from outside."""
