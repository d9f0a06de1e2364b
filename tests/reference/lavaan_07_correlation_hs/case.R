# A correlation structure.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, correlation = TRUE)
write_case(fit)
