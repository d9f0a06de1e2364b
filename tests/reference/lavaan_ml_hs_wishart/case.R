# The Wishart likelihood: n - 1.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, likelihood = "wishart")
write_case(fit)
